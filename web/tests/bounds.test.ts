import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as bounds from '../src/lib/bounds.ts';

const limits = readFileSync(new URL('../../client-core/src/limits.rs', import.meta.url), 'utf8');

/** A bound as the core has it. */
function inCore(name: string): number {
  return Number(new RegExp(`pub const ${name}: usize = ([\\d_]+);`).exec(limits)?.[1]?.replaceAll('_', ''));
}

test('fields count to where the core ends', () => {
  expect(bounds.TEXT_CHARS_MAX).toBe(inCore('TEXT_CHARS_MAX'));
  expect(bounds.TITLE_CHARS_MAX).toBe(inCore('TITLE_CHARS_MAX'));
  expect(bounds.LINK_CHARS_MAX).toBe(inCore('LINK_CHARS_MAX'));
});

test('characters are counted as the core counts them', () => {
  expect(bounds.charsOf('å'.repeat(4_100))).toBe(4_100);
  expect(bounds.charsOf(' A\u030a ')).toBe(1);
  expect(bounds.charsOf('👩🏽')).toBe(2);
});
