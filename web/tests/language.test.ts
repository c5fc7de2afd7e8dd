import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import en from '../src/lang/en.json';
import { preferred, refusalText, roleText, t, tn, useLanguage } from '../src/lang/index.svelte.ts';
import sv from '../src/lang/sv.json';

/** Where refusals come from that the app shows; those of commands have their sentences in server/src/commands/messages.rs. */
const RUST = ['client-core/src/', 'mobile-bindings/src/', 'server/src/gate/', 'server/src/hub/'];
/** What the hub answers operators alone. */
const FOR_OPERATORS = ['no-such-token', 'not-here'];
const FOR_OTHERS = /(^|\/)(tests?|admin|matching)(\.rs|\/)/;

function rustSources(): string {
  const root = new URL('../../', import.meta.url);
  const folders = RUST.map((folder) => new URL(folder, root)).filter((folder) => existsSync(folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.rs') && !FOR_OTHERS.test(path))
      .map((path) => readFileSync(new URL(path, folder), 'utf8')),
  );
  return files.map((text) => text.split(/#\[cfg\(test\)\]\s*mod \w+ \{/)[0]).join('\n');
}

function codes(pattern: RegExp): string[] {
  return [...new Set([...rustSources().matchAll(pattern)].map((match) => match[1] ?? ''))].sort();
}

function missing(prefix: string, codes: string[]): string[] {
  return codes.filter((code) => !(`${prefix}.${code}` in sv && `${prefix}.${code}` in en));
}

test('both languages say the same things', () => {
  expect(Object.keys(en)).toEqual(Object.keys(sv));
  const names = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const key of Object.keys(sv) as (keyof typeof sv)[]) {
    expect(names(en[key]), key).toEqual(names(sv[key]));
    expect(en[key].trim(), key).not.toBe('');
    expect(sv[key].trim(), key).not.toBe('');
  }
});

test('every reason for a refusal has a sentence', () => {
  const found = codes(/Refusal::new\(\s*"([a-z-]+)"/g);
  expect(found).toContain('personal-number');
  expect(missing('refusal', found.filter((code) => !FOR_OPERATORS.includes(code)))).toEqual([]);
});

test('every problem that a device may have has a sentence', () => {
  const status = readFileSync(new URL('../../client-core/src/domain/view/status.rs', import.meta.url), 'utf8');
  const [, text = ''] = /What stands in the way([\s\S]*?)pub problem/.exec(status) ?? [];
  const found = [...text.matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? '');
  expect(found).toContain('signed-out');
  expect(missing('refusal', found)).toEqual([]);
});

test('every answer to an invitation has a sentence', () => {
  const route = readFileSync(new URL('../../server/src/routes/enrol.rs', import.meta.url), 'utf8');
  const found = [...route.matchAll(/"(invitation-[a-z]+)"|refusal\(\s*StatusCode::[A-Z_]+,\s*"([a-z-]+)"/g)];
  const named = found.map((match) => match[1] ?? match[2] ?? '');
  expect(named).toContain('invitation-used');
  expect(missing('refusal', named)).toEqual([]);
});

test('every finding in a plan has a sentence', () => {
  const found = codes(/finding\((?:None|Some\(\w+\)),\s*"([a-z-]+)"/g);
  expect(found).toContain('host-double-booked');
  expect(missing('finding', found)).toEqual([]);
});

test('a sentence names what it is about, in the language that was chosen', () => {
  useLanguage('sv');
  expect(refusalText({ code: 'field-empty', params: { field: 'link' } })).toBe('Länk saknas.');
  expect(tn('home.changes', 1)).toBe('1 ändring');
  expect(tn('home.changes', 4)).toBe('4 ändringar');
  useLanguage('en');
  expect(refusalText({ code: 'field-empty', params: { field: 'link' } })).toBe('Link is missing.');
  expect(t('itinerary.version', { version: 2 })).toBe('Version 2');
  expect(refusalText({ code: 'never-heard-of', params: {} })).toBe('Something went wrong. Try again. (Code never-heard-of)');
});

test('Swedish comes first, where the system does not ask for English', () => {
  expect(preferred(['en-GB', 'sv'])).toBe('en');
  expect(preferred(['nb-NO', 'sv-SE', 'en'])).toBe('sv');
  expect(preferred(['de-DE'])).toBe('sv');
  expect(preferred([])).toBe('sv');
});

test('every sentence is composed, with the quotes of its language', () => {
  for (const sentence of [...Object.values(sv), ...Object.values(en)]) {
    expect(sentence.normalize('NFC')).toBe(sentence);
    expect(sentence).not.toMatch(/["']/);
  }
  for (const sentence of Object.values(sv)) expect(sentence).not.toMatch(/[“‘]/);
});

const src = new URL('../src/', import.meta.url);
const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(svelte|ts)$/.test(path) && !path.startsWith('generated'))
  .map((path) => readFileSync(new URL(path, src), 'utf8'))
  .join('\n');

test('what parts two things has a space on both sides', () => {
  // At the edge of a block Svelte leaves spaces out.
  expect(code.match(/.*(· *\{[/:]|\} *·$|\{\/if\} ·).*/gm) ?? []).toEqual([]);
});

test('a role is told in words', () => {
  useLanguage('sv');
  expect(['lead', 'staff@farsta', 'coordinator@su', 'new@x'].map(roleText)).toEqual(['Projektledare', 'Medarbetare (Farsta)', 'Samordnare (Su)', 'new (X)']);
});

test('no sentence is kept that nothing says', () => {
  // Their keys are put together from values of the core.
  const composed = /^(field|refused|kind|mode|change|state|link|problem|refusal|finding|publish\.waiting|missing|role|pilot\.plan)\./;
  const unused = Object.keys(sv).filter((key) => !composed.test(key) && !code.includes(`'${key.replace(/\.(one|other)$/, '')}'`));
  expect(unused).toEqual([]);
});
