import type { Finding } from '../generated/Finding.ts';
import type { Refusal } from '../generated/Refusal.ts';
import { showTime } from '../lib/times.ts';
import en from './en.json';
import sv from './sv.json';

export type Key = keyof typeof sv;
export type Language = 'sv' | 'en';
export type Params = Record<string, string | number>;

/** A key with one sentence per plural form. */
export type Plural = Key extends infer K ? (K extends `${infer Base}.one` ? Base : never) : never;

const SENTENCES: Record<Language, Record<string, string>> = { sv, en };
const LOCALES: Record<Language, string> = { sv: 'sv-SE', en: 'en-GB' };
const PLURALS = { sv: new Intl.PluralRules('sv'), en: new Intl.PluralRules('en') };

let chosen = $state<Language>('sv');

/** The language that people in the city write in: documents, and names of units and places. */
export const WRITTEN: Language = 'sv';

export function language(): Language {
  return chosen;
}

export function locale(): string {
  return LOCALES[chosen];
}

/** The first language of the list that the app speaks; Swedish where there is none. */
export function preferred(languages: readonly string[]): Language {
  const spoken = languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find((tag): tag is Language => tag === 'sv' || tag === 'en') ?? 'sv';
}

export function useLanguage(next: Language): void {
  chosen = next;
}

/** The sentence of a key. */
export function t(key: Key, params: Params = {}): string {
  return fill(SENTENCES[chosen][key] ?? key, params);
}

/** The sentence for a number of things. */
export function tn(key: Plural, count: number, params: Params = {}): string {
  const form = PLURALS[chosen].select(count) === 'one' ? 'one' : 'other';
  return fill(SENTENCES[chosen][`${key}.${form}`] ?? key, { ...params, count });
}

/** The word of a value that comes from the core, such as a field's name; the value itself where there is none. */
export function word(group: 'field' | 'refused' | 'kind' | 'mode' | 'change' | 'state' | 'link', value: string): string {
  return SENTENCES[chosen][`${group}.${value}`] ?? value;
}

/** A role as people say it: `staff@farsta` as `Medarbetare (Farsta)`. */
export function roleText(role: string): string {
  const [name = '', at] = role.split('@');
  const said = SENTENCES[chosen][`role.${name}`] ?? name;
  return at === undefined ? said : `${said} (${at.charAt(0).toLocaleUpperCase(locale())}${at.slice(1)})`;
}

/** Names one after the other, as the language lists them. */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale()).format(names);
}

/** What needs somebody, in a word or two. */
export function problemText(problem: Refusal | null): string {
  return SENTENCES[chosen][`problem.${problem?.code}`] ?? t('link.attention');
}

/** Why something was refused. */
export function refusalText({ code, params }: Refusal): string {
  const sentence = SENTENCES[chosen][`refusal.${code}`];
  const known = sentence === undefined ? t('refusal.unexpected', { code }) : fill(sentence, worded({ code, ...params }));
  const text = code === 'unexpected' ? t('app.went-wrong') : known;
  // Away from its field, a refusal names it.
  return params.at === undefined ? text : `${params.at}: ${text}`;
}

/** What to look at in a plan. */
export function findingText({ code, params }: Finding): string {
  const sentence = SENTENCES[chosen][`finding.${code}`];
  return sentence === undefined ? code : fill(sentence, worded(params));
}

function worded(params: Record<string, string>): Params {
  const { field, kind } = params;
  const shown = Object.entries(params).map(([name, value]) => [name, /^\d\d:\d\d$/.test(value) ? showTime(value) : value]);
  return {
    ...Object.fromEntries(shown),
    ...(field === undefined ? {} : { field: word('field', field) }),
    ...(kind === undefined ? {} : { kind: word('kind', kind) }),
  };
}

function fill(sentence: string, params: Params): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
