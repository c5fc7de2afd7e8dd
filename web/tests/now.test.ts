import { expect, test } from 'vitest';
import type { ItineraryDay } from '../src/generated/ItineraryDay.ts';
import { isPast, opensAt, standing } from '../src/lib/now.ts';

function slot(id: string, start: string, end: string, cancelled = false) {
  return {
    id, title: id, start, end, mode: 'person' as const, place: null, room: '', link: '', hosts: [], audience: '', preparation: '',
    bring: '', cancelled, note: '', noteTexts: [], changed: [],
  };
}

const DAYS: ItineraryDay[] = [
  { date: '2021-12-13', slots: [slot('welcome', '09:00', '10:00'), slot('tour', '10:00', '11:30'), slot('lunch', '12:00', '13:00')] },
  { date: '2021-12-14', slots: [slot('fika', '09:00', '09:30', true), slot('round', '10:00', '11:00')] },
];

/** What is marked, and where the visit opens, at a time of Stockholm in winter. */
const at = (day: string, time: string) => {
  const found = standing(DAYS, new Date(`${day}T${time}:00+01:00`));
  return [found.now.join(), found.next, opensAt(found)];
};

test('what is going on and what is next follow the time of Stockholm, minute by minute', () => {
  expect(at('2021-12-13', '00:00')).toEqual(['', 'welcome', 'welcome']);
  expect(at('2021-12-13', '08:59')).toEqual(['', 'welcome', 'welcome']);
  expect(at('2021-12-13', '09:00')).toEqual(['welcome', 'tour', 'welcome']);
  expect(at('2021-12-13', '10:00')).toEqual(['tour', 'lunch', 'tour']);
  expect(at('2021-12-13', '11:30')).toEqual(['', 'lunch', 'lunch']);
  // In the evening the next morning comes; what is cancelled does not.
  expect(at('2021-12-13', '18:00')).toEqual(['', 'round', 'round']);
  expect(at('2021-12-14', '09:10')).toEqual(['', 'round', 'round']);
  expect(at('2021-12-14', '11:00')).toEqual(['', null, null]);
});

test('outside the days of a visit nothing is marked, and it opens at its beginning', () => {
  expect(at('2021-12-12', '23:59')).toEqual(['', null, null]);
  expect(at('2021-12-15', '00:00')).toEqual(['', null, null]);
  expect(standing([], new Date())).toEqual({ now: [], next: null });
});

test('a visit is past once its last day is over in Stockholm', () => {
  const past = (until: string | null, now: string) => isPast({ until }, new Date(now));
  expect(past('2021-12-15', '2021-12-15T22:59:00Z')).toBe(false);
  expect(past('2021-12-15', '2021-12-15T23:00:00Z')).toBe(true);
  expect(past(null, '2031-01-01T00:00:00Z')).toBe(false);
});
