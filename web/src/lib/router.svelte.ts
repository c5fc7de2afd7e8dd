/** A screen of the app. */
export type Route =
  | { screen: 'home' | 'status' | 'device' | 'people' | 'accessibility' }
  | { screen: 'itinerary' | 'plan' | 'pilot'; id: string }
  | { screen: 'unknown' };

const ALONE = ['status', 'device', 'people', 'accessibility'] as const;
const WITH_ID = ['itinerary', 'plan', 'pilot'] as const;

/** The screen of a path. */
export function routeOf(path: string): Route {
  const [name = '', id, ...more] = path.split('/').filter((part) => part !== '');
  if (name === '') return { screen: 'home' };
  const alone = ALONE.find((screen) => screen === name);
  if (alone && id === undefined) return { screen: alone };
  const withId = WITH_ID.find((screen) => screen === name);
  if (withId && id !== undefined && more.length === 0) return { screen: withId, id };
  return { screen: 'unknown' };
}

let path = $state('/');

export function currentPath(): string {
  return path;
}

/** What the history keeps of an entry that the app made. */
interface Kept {
  /** How many entries of the app lie before it. */
  depth?: number;
  /** How far down somebody was who went on from it, in pixels. */
  scroll?: number;
  /** Whether it is there for what lies over the screen: going back takes that away, and not the screen. */
  layer?: boolean;
}

function kept(): Kept {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null ? state : {};
}

// Where the screen that is gone back to was left, until it is there again.
let left: number | null = null;

/** Whether a screen is shown again that was left by a link within the app. */
export function isReturning(): boolean {
  return left !== null;
}

/** Brings a screen that is gone back to to where it was left. To be called when it is there. */
export function arrive(): void {
  if (left !== null) scrollTo(0, left);
  left = null;
}

// What lies over the screen, the topmost last, and whether the entry that is there for it is being given up.
const layers: (() => void)[] = [];
let isGivingUp = false;

/** Has the browser's way back close what is laid over the screen, such as a sheet. Returns what to call once it is closed. */
export function layOver(close: () => void): () => void {
  if (!kept().layer) {
    // Whoever closes it stays where they are, or where they have been brought meanwhile.
    history.scrollRestoration = 'manual';
    history.replaceState({ ...kept(), scroll: scrollY }, '');
    history.pushState({ ...kept(), layer: true }, '');
  }
  layers.push(close);
  return () => {
    const place = layers.indexOf(close);
    if (place >= 0) layers.splice(place, 1);
    // What follows at once, such as another sheet, takes the entry over.
    setTimeout(() => {
      if (layers.length > 0 || isGivingUp || !kept().layer) return;
      isGivingUp = true;
      history.back();
    }, 0);
  };
}

/** Whether this screen was reached from within the app. */
export function isInside(): boolean {
  return kept().depth !== undefined;
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (isGivingUp) {
    addEventListener('popstate', () => go(to, how), { once: true });
    return;
  }
  const { depth = 0, layer } = kept();
  left = null;
  if (layer && how === 'push') {
    history.scrollRestoration = 'auto';
    history.replaceState({ depth: depth + 1 }, '', to);
    scrollTo(0, 0);
  } else if (how === 'push') {
    history.replaceState({ ...kept(), scroll: scrollY }, '');
    history.pushState({ depth: depth + 1 }, '', to);
    scrollTo(0, 0);
  } else history.replaceState({ ...kept(), depth }, '', to);
  path = location.pathname;
}

/** Goes back to where one came from within the app; to a screen's parent where one came from outside. */
export function back(parent: string): void {
  if ((kept().depth ?? 0) > 0) history.back();
  else go(parent, 'replace');
}

/** Follows the address and takes over clicks on links within the app; returns what stops it. */
export function startRouter(): () => void {
  path = location.pathname;
  // A reload has closed what lay over the screen.
  if (kept().layer) history.back();
  const follow = () => {
    isGivingUp = false;
    if (!kept().layer) {
      history.scrollRestoration = 'auto';
      layers.at(-1)?.();
    }
    if (path !== location.pathname) left = kept().scroll ?? null;
    path = location.pathname;
  };
  const click = (event: MouseEvent) => {
    const link = (event.target as Element | null)?.closest?.('a');
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target !== '' || link.origin !== location.origin) return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname);
  };
  addEventListener('popstate', follow);
  document.addEventListener('click', click);
  return () => {
    removeEventListener('popstate', follow);
    document.removeEventListener('click', click);
  };
}
