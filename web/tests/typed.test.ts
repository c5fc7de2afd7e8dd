import { beforeEach, expect, test } from 'vitest';
import { useLanguage } from '../src/lang/index.svelte.ts';
import { dayInFull } from '../src/lib/dates.ts';
import { Refused } from '../src/lib/refused.ts';
import { daysOf, readDay, readTime } from '../src/lib/typed.ts';
import { showTime } from '../src/lib/times.ts';

beforeEach(() => useLanguage('sv'));

const ROUND = { from: '2021-12-13', until: '2021-12-15' };

/** What was read, or the code of why nothing was. */
function outcome(read: () => string): string {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.refusal.code;
    throw thrown;
  }
}

test('a time is read in whatever way people write it', () => {
  const times = {
    '9': '09:00', '915': '09:15', '0915': '09:15', '9.15': '09:15', '9:15': '09:15', '9,15': '09:15', '23.15': '23:15', 'kl. 9.30': '09:30',
    '11:15 AM': '11:15', '11:15PM': '23:15', '12:05 am': '00:05', '12 p.m.': '12:00', '9 pm': '21:00', ' 13.00 ': '13:00', '11:15:00': '11:15', '0': '00:00',
  };
  for (const [typed, time] of Object.entries(times)) expect(outcome(() => readTime(typed)), typed).toBe(time);
  for (const typed of ['', '24.00', '9.60', '13 pm', '0 am', '9.1', 'nio', '91500', '-9', '1e1', '9.15 x']) {
    expect(outcome(() => readTime(typed)), typed).toBe('time-unclear');
  }
  expect(['09:05', '11:15', '00:00'].map(showTime)).toEqual(['9.05', '11.15', '0.00']);
});

test('a day is read in whatever way people write it', () => {
  for (const typed of ['15/12', '15.12', '15-12', '15/12-21', '15.12.2021', '12/15/2021', '2021-12-15', '20211215', '15 dec', '15 dec.', 'ons 15 december 2021',
    'onsdag den 15 december', 'December 15, 2021', 'Dec 15', 'ons', 'Onsdag', 'wed', '15', '  15  DEC ']) {
    expect(outcome(() => readDay(typed, '2021-12-13', ROUND)), typed).toBe('2021-12-15');
  }
  for (const typed of ['16/12', '2022-12-15', '12', '16', 'fre']) expect(outcome(() => readDay(typed, '2021-12-13', ROUND)), typed).toBe('day-outside');
  for (const typed of ['', '31 feb', '99', 'imorgon', '2021-13-01', '0021-02-05']) {
    expect(outcome(() => readDay(typed, '2021-12-13', ROUND)), typed).toBe('day-unclear');
  }
});

test('where two readings are possible, the one within the round is meant, then the Swedish one', () => {
  expect(readDay('2/3', '2021-01-01', { from: '2021-02-01', until: '2021-02-28' })).toBe('2021-02-03');
  expect(readDay('2/3', '2021-01-01', null)).toBe('2021-03-02');
  expect(readDay('3 jan', '2021-12-30', { from: '2021-12-27', until: '2022-01-05' })).toBe('2022-01-03');
});

test('what a field shows can be read again', () => {
  expect(daysOf(ROUND, 14)).toEqual(['2021-12-13', '2021-12-14', '2021-12-15']);
  expect(daysOf({ from: '2021-01-01', until: '9999-12-31' }, 14)).toHaveLength(14);
  for (const language of ['sv', 'en'] as const) {
    useLanguage(language);
    for (let month = 1; month <= 12; month += 1) {
      const day = `2021-${String(month).padStart(2, '0')}-09`;
      expect(readDay(dayInFull(day), '2020-01-01', null), dayInFull(day)).toBe(day);
    }
  }
});
