import { beforeEach, expect, test } from 'vitest';
import { useLanguage } from '../src/lang/index.svelte.ts';
import { dayWithin, isoWeek, longDay, moment, shortDay, span, today } from '../src/lib/dates.ts';

beforeEach(() => useLanguage('sv'));

test('weeks are those of ISO 8601, also around new year', () => {
  const weeks = ['2020-12-31', '2021-01-03', '2021-01-04', '2021-12-13', '2026-12-31', '2027-01-03', '2027-01-04'].map(isoWeek);
  expect(weeks).toEqual([53, 53, 1, 50, 53, 53, 1]);
});

test('days are written as the language writes them', () => {
  expect([longDay('2021-12-13'), shortDay('2021-12-13')]).toEqual(['Måndag 13 december 2021', 'mån 13 dec']);
  expect(dayWithin('2021-12-13')).toBe('måndag 13 december 2021');
  expect(span('2021-12-13', '2021-12-15').replaceAll('\u2009', '')).toBe('13–15 december 2021');
  useLanguage('en');
  expect([longDay('2021-12-13'), dayWithin('2021-12-13')]).toEqual(['Monday 13 December 2021', 'Monday 13 December 2021']);
});

test('a moment is shown in the time of Stockholm, in winter and in summer', () => {
  const now = new Date('2021-12-13T12:00:00Z');
  expect(moment('2021-12-13T08:05:00Z', now)).toBe('9.05');
  expect(moment('2021-12-12T23:30:00Z', now)).toBe('0.30');
  expect(moment('2021-07-01T08:05:00Z', now)).toBe('1 juli 10.05');
  expect(moment('2020-11-30T13:05:00Z', now)).toBe('30 nov. 2020 14.05');
});

test('today begins at midnight in Stockholm', () => {
  expect(today(new Date('2021-12-12T22:59:00Z'))).toBe('2021-12-12');
  expect(today(new Date('2021-12-12T23:01:00Z'))).toBe('2021-12-13');
});
