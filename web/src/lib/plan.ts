import type { ConflictView } from '../generated/ConflictView.ts';
import type { PlanDay } from '../generated/PlanDay.ts';
import type { PlanView } from '../generated/PlanView.ts';
import type { Slot } from '../generated/Slot.ts';
import type { SlotField } from '../generated/SlotField.ts';
import type { ValueView } from '../generated/ValueView.ts';
import type { VisitEdit } from '../generated/VisitEdit.ts';
import { later } from './times.ts';
import { client } from './store.ts';

const DAY_STARTS = '09:00';
const SLOT_MINUTES = 60;

export function editVisit(visit: string, edit: VisitEdit): Promise<string> {
  return client.edit(visit, { kind: 'visit', edit });
}

export function setSlot(visit: string, id: string, set: SlotField): Promise<string> {
  return editVisit(visit, { action: 'set-slot', id, set });
}

/** A new slot where the day's last one ends; its id. */
export async function addSlot(visit: string, day: PlanDay, title: string): Promise<string> {
  const id = await client.newId();
  const start = day.slots.map(({ slot }) => slot.end).sort().at(-1) ?? DAY_STARTS;
  const slot: Slot = {
    title,
    date: day.date,
    start,
    end: later(start, SLOT_MINUTES),
    mode: 'person',
    place: null,
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
