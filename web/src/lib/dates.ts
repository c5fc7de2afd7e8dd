import { locale } from '../lang/index.svelte.ts';
import { showTime } from './times.ts';

const ZONE = 'Europe/Stockholm';
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options });
  formats.set(key, known);
  return known;
}

// Noon in UTC is on the same day in Stockholm, all year.
function noon(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);
}

/** `Måndag 13 december 2021`. */
export function longDay(day: string): string {
  return capital(dayWithin(day));
}

/** `måndag 13 december 2021`, as it stands within a sentence. */
export function dayWithin(day: string): string {
  return format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(noon(day)).replace(',', '');
}

/** `mån 13 dec`. */
export function shortDay(day: string): string {
  return format({ weekday: 'short', day: 'numeric', month: 'short' }).format(noon(day)).replaceAll(/[.,]/g, '');
}

/** `mån 13 december 2021`. */
export function dayInFull(day: string): string {
  return format({ weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' }).format(noon(day)).replace(',', '');
}

export function weekday(day: string): string {
  return capital(format({ weekday: 'short' }).format(noon(day)).replace('.', ''));
}

export function dayOfMonth(day: string): string {
  return String(Number(day.slice(8)));
}

export function month(day: string): string {
  return format({ month: 'long' }).format(noon(day));
}

/** `13–15 december 2021`, as the language writes a range. */
export function span(from: string, until: string): string {
  return format({ day: 'numeric', month: 'long', year: 'numeric' }).formatRange(noon(from), noon(until));
}

/** The week of ISO 8601: the one that holds the Thursday. */
export function isoWeek(day: string): number {
  const date = noon(day);
  const weekdayIndex = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekdayIndex) * DAY_MS);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1, 12);
  return 1 + Math.floor((thursday.getTime() - newYear) / (7 * DAY_MS));
}

/** Today's date in Stockholm, `2021-12-13`. */
export function today(now: Date = new Date()): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(now);
}

/** The time of day in Stockholm, `09:05`. */
export function clock(at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' }).format(at);
}

/** The time of day in Stockholm to the second, `09:05:07`. */
export function exactClock(at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, timeStyle: 'medium' }).format(at);
}

/** A moment as people say it: the time alone when it is today. */
export function moment(at: string, now: Date = new Date()): string {
  const date = new Date(at);
  const time = showTime(clock(date));
  const day = today(date);
  if (day === today(now)) return time;
  return dayAndTime(at, now);
}

/** A moment with its day, also when that is today. */
export function dayAndTime(at: string, now: Date = new Date()): string {
  const date = new Date(at);
  const sameYear = today(date).slice(0, 4) === today(now).slice(0, 4);
  const day = format({ day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(date);
  return `${day} ${showTime(clock(date))}`;
}

/** A size in bytes as people read it. */
export function size(bytes: number): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}
