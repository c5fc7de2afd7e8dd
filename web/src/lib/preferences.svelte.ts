import { type Language, preferred, useLanguage } from '../lang/index.svelte.ts';

export type Theme = 'system' | 'light' | 'dark';

let theme = $state<Theme>('system');

export function currentTheme(): Theme {
  return theme;
}

/** What was chosen on this device, or what its system says. */
export function loadPreferences(): void {
  const stored = read('language');
  setDocumentLanguage(stored === 'sv' || stored === 'en' ? stored : preferred(navigator.languages));
  const storedTheme = read('theme');
  theme = storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system';
}

export function chooseLanguage(language: Language): void {
  write('language', language);
  setDocumentLanguage(language);
}

export function chooseTheme(next: Theme): void {
  theme = next;
  write('theme', next);
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}

function setDocumentLanguage(language: Language): void {
  useLanguage(language);
  document.documentElement.lang = language;
}

// Storage may be forbidden; a choice then lasts until the page is closed.
function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // See above.
  }
}
