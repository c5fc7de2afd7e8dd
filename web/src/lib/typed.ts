import type { Refusal } from '../generated/Refusal.ts';
import { dayInFull } from './dates.ts';
import { Refused } from './refused.ts';

/** The days that may be given, both included. */
export interface Bounds {
  from: string;
  until: string;
}

/** Where nothing narrower is known: no visit is planned outside of these years. */
const ANY_DAY: Bounds = { from: '2000-01-01', until: '2099-12-31' };

// Twelve of each language; the first three letters tell them apart, save for `maj` and `may`.
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'maj', 'jun', 'jul', 'aug', 'sep', 'okt', 'nov', 'dec'];
const ENGLISH_MONTHS: Record<string, string> = { may: 'maj', oct: 'okt' };
const WEEKDAYS = [/^sön|^sun/, /^mån|^mon/, /^tis|^tue/, /^ons|^wed/, /^tor|^thu/, /^fre|^fri/, /^lör|^sat/];

function unclear(code: Refusal['code'], params: Refusal['params'] = {}): Refused {
  return new Refused({ code, params });
}

/**
 * Returns the time of day in what somebody typed, as `HH:MM`: `9`, `915`, `9.15`, `09:15`, `kl. 9.15`, `11:15 AM`.
 * Throws the refusal `time-unclear` for anything else.
 */
export function readTime(typed: string): string {
  const text = typed.normalize('NFC').toLowerCase().replace(/^\s*kl\.?/, '').trim();
  const [, digits = '', half] = /^([\d.:,\s]*\d)\s*(?:([ap])\.?\s*m\.?|)$/.exec(text) ?? [];
  const [, hours = '', minutes = '00'] = /^(\d{1,2})(?:\s*[.:,\s]\s*(\d{2})(?::\d{2})?|(\d{2}))?$/.exec(digits)?.filter((part) => part !== undefined) ?? [];
  let hour = Number(hours);
  if (hours === '' || (half !== undefined && (hour < 1 || hour > 12))) throw unclear('time-unclear');
  if (half !== undefined) hour = (hour % 12) + (half === 'p' ? 12 : 0);
  if (hour > 23 || Number(minutes) > 59) throw unclear('time-unclear');
  return `${String(hour).padStart(2, '0')}:${minutes}`;
}

/** A calendar's day as `2021-12-15`; none where there is no such day, such as 31 February. */
function dayOf(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day, 12));
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real ? date.toISOString().slice(0, 10) : null;
}

/** Each day from the first to the last, at the most so many. */
export function daysOf({ from, until }: Bounds, max: number): string[] {
  const days: string[] = [];
  const date = new Date(`${from}T12:00:00Z`);
  while (days.length < max && date.toISOString().slice(0, 10) <= until) {
    days.push(date.toISOString().slice(0, 10));
    date.setUTCDate(date.getUTCDate() + 1);
  }
  return days;
}

/** The week around a day, Monday first. */
function weekOf(day: string): string[] {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return daysOf({ from: date.toISOString().slice(0, 10), until: ANY_DAY.until }, 7);
}

function fullYear(text: string): number {
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

/** Each day that digits with or without a year may mean; the Swedish order, day before month, comes first. */
function numeric(text: string, years: number[]): (string | null)[] {
  const iso = /^(\d{4})[-/. ]?(\d{2})[-/. ]?(\d{2})$/.exec(text);
  if (iso) return [dayOf(Number(iso[1]), Number(iso[2]), Number(iso[3]))];
  const parts = /^(\d{1,2})\s*[-/.]\s*(\d{1,2})(?:[-/.\s]+(\d{4}|\d{2}))?\.?$/.exec(text);
  if (!parts) return [];
  const [first, second] = [Number(parts[1]), Number(parts[2])];
  const given = parts[3] === undefined ? years : [fullYear(parts[3])];
  return [...given.map((year) => dayOf(year, second, first)), ...given.map((year) => dayOf(year, first, second))];
}

/** Each day that words may mean: `15 dec`, `tis den 14 december 2021`, `December 15, 2021`. */
function worded(text: string, years: number[]): (string | null)[] {
  const letters = text.match(/\p{L}+/gu) ?? [];
  const month = letters.map((name) => name.slice(0, 3)).map((name) => MONTHS.indexOf(ENGLISH_MONTHS[name] ?? name)).find((index) => index >= 0);
  const numbers = text.match(/\d+/g) ?? [];
  const day = Number(numbers[0]);
  if (month === undefined || numbers.length === 0 || numbers.length > 2) return [];
  return (numbers[1] === undefined ? years : [fullYear(numbers[1])]).map((year) => dayOf(year, month + 1, day));
}

/** Each day that a weekday or a day's number alone may mean, near the day that was given before. */
function alone(text: string, near: string, bounds: Bounds | null): (string | null)[] {
  const inside = bounds ? daysOf(bounds, 31) : [];
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    return [...inside.filter((day) => Number(day.slice(8)) === number), dayOf(Number(near.slice(0, 4)), Number(near.slice(5, 7)), number)];
  }
  const weekday = /^\p{L}+\.?$/u.test(text) ? WEEKDAYS.findIndex((name) => name.test(text)) : -1;
  if (weekday < 0) return [];
  return [...inside, ...weekOf(near)].filter((day) => new Date(`${day}T12:00:00Z`).getUTCDay() === weekday);
}

/**
 * Returns the day in what somebody typed, as `2021-12-15`: `15/12`, `15 dec`, `12/15/2021`, `ons`, `2021-12-15`. Among several
 * readings the one within the bounds is taken, then the Swedish one. A year that is not given is the bounds' or that of `near`.
 * Throws the refusals `day-unclear`, and `day-outside` for a day beyond the bounds.
 */
export function readDay(typed: string, near: string, bounds: Bounds | null): string {
  const text = typed.normalize('NFC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
  const years = [...new Set([bounds?.from, near, bounds?.until].filter((day) => day !== undefined).map((day) => Number(day.slice(0, 4))))];
  const meant = [...numeric(text, years), ...worded(text, years), ...alone(text, near, bounds)].filter((day) => day !== null);
  const { from, until } = bounds ?? ANY_DAY;
  const day = meant.find((candidate) => candidate >= from && candidate <= until);
  if (day !== undefined) return day;
  if (meant.length === 0) throw unclear('day-unclear');
  throw unclear('day-outside', { from: dayInFull(from), until: dayInFull(until) });
}
