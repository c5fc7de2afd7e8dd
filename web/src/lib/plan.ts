import type { ConflictView } from '../generated/ConflictView.ts';
import type { PlanView } from '../generated/PlanView.ts';
import type { Published } from '../generated/Published.ts';
import type { Slot } from '../generated/Slot.ts';
import type { SlotField } from '../generated/SlotField.ts';
import type { ValueView } from '../generated/ValueView.ts';
import type { VisitEdit } from '../generated/VisitEdit.ts';
import { tn } from '../lang/index.svelte.ts';
import { client } from './store.ts';
import { later } from './times.ts';
import { titleText } from './words.ts';

const DAY_STARTS = '09:00';
const SLOT_MINUTES = 60;

export function editVisit(visit: string, edit: VisitEdit): Promise<string> {
  return client.edit(visit, { kind: 'visit', edit });
}

export function setSlot(visit: string, id: string, set: SlotField): Promise<string> {
  return editVisit(visit, { action: 'set-slot', id, set });
}

/** A slot's title as people read it. */
export function titleOf({ title }: Slot): string {
  return titleText(title);
}

export function slotCount({ days }: PlanView): number {
  return days.flatMap((day) => day.slots).length;
}

/** How much there is to look at and to settle, in words; none where there is nothing. */
export function problemCount({ findings, conflicts }: PlanView): string | null {
  const counts = [
    findings.length > 0 && tn('plan.findings', findings.length),
    conflicts.length > 0 && tn('home.conflicts', conflicts.length),
  ];
  return counts.filter(Boolean).join(' · ') || null;
}

/** The id of a slot's card on the page. */
export function cardOf(slot: string): string {
  return `plan-slot-${slot}`;
}

/** Brings a slot's card into sight, with the focus. */
export function showSlot(slot: string): void {
  const card = document.getElementById(cardOf(slot));
  card?.scrollIntoView({ block: 'center' });
  card?.querySelector<HTMLElement>('h3 button')?.focus({ preventScroll: true });
}

/** A new slot where the day's last one ends, at the place of the one before, without a title yet; its id. */
export async function addSlot({ visit, days }: PlanView, date: string): Promise<string> {
  const id = await client.newId();
  const before = days.filter((day) => day.date <= date).flatMap((day) => day.slots).at(-1)?.slot;
  const ends = days.filter((day) => day.date === date).flatMap((day) => day.slots).map(({ slot }) => slot.end);
  const start = ends.sort().at(-1) ?? DAY_STARTS;
  const slot: Slot = {
    title: '',
    date,
    start,
    end: later(start, SLOT_MINUTES),
    mode: 'person',
    place: before?.place ?? null,
    room: '',
    link: '',
    hosts: {},
    audience: '',
    preparation: '',
    bring: '',
    cancelled: false,
  };
  await editVisit(visit, { action: 'add-slot', id, slot });
  return id;
}

/** Whether no student has been shown the slot: then it may go without a trace. */
export function neverPublished({ published, changes }: PlanView, slot: string): boolean {
  return published === null || changes.some((change) => change.slot === slot && change.kind === 'added');
}

/** The edit that settles a conflict with one of its values, where there is one. */
export function settlement({ slot, field }: ConflictView, { settle, shown }: ValueView): VisitEdit | null {
  if (slot !== null) return settle && { action: 'set-slot', id: slot, set: settle };
  return field === 'title' ? { action: 'set-title', title: shown } : null;
}

/** A decision that was given here, and the slots as they were then. */
export interface Act {
  command: string;
  slots: Map<string, Slot>;
}

/**
 * Takes back what moving everything to a link changed, as far as it is still as that left it: what a colleague has written
 * since stays.
 */
export async function moveBack(visit: string, { itinerary, version }: Published, before: Map<string, Slot>): Promise<void> {
  const [published, plan] = await Promise.all([client.view({ view: 'itinerary', itinerary }), client.view({ view: 'plan', visit })]);
  if (published.view !== 'itinerary' || published.data.version !== version || plan.view !== 'plan') return;
  const moved = new Map(published.data.days.flatMap((day) => day.slots).map((slot) => [slot.id, slot]));
  for (const { id, slot } of plan.data.days.flatMap((day) => day.slots)) {
    const [was, then] = [before.get(id), moved.get(id)];
    if (!was || !then) continue;
    if (slot.mode === then.mode && slot.mode !== was.mode) await setSlot(visit, id, { field: 'mode', value: was.mode });
    if (slot.link === then.link && slot.link !== was.link) await setSlot(visit, id, { field: 'link', value: was.link });
  }
}
