import type { ItineraryDay } from '../generated/ItineraryDay.ts';
import { clock, today } from './dates.ts';

/** Where a visit stands: the slots that are going on, and the one that follows. */
export interface Standing {
  now: string[];
  next: string | null;
}

/** Where a visit stands at a moment, by the time of Stockholm. Before its first day and after its last nothing is going on. */
export function standing(days: ItineraryDay[], at: Date): Standing {
  const day = today(at);
  const time = clock(at);
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last || day < first.date || day > last.date) return { now: [], next: null };
  const planned = days.flatMap(({ date, slots }) => slots.filter((slot) => !slot.cancelled).map((slot) => ({ ...slot, date })));
  return {
    now: planned.filter(({ date, start, end }) => date === day && start <= time && time < end).map(({ id }) => id),
    next: planned.find(({ date, start }) => date > day || (date === day && start > time))?.id ?? null,
  };
}

/** The slot at which a visit opens: the current one, else the next; none outside its days. */
export function opensAt({ now, next }: Standing): string | null {
  return now[0] ?? next;
}

/** Whether the last day of something has been; what has no day is still to come. */
export function isPast({ until }: { until: string | null }, at: Date = new Date()): boolean {
  return until !== null && until < today(at);
}
