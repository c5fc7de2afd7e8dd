import type { About } from '../generated/About.ts';
import type { Edit } from '../generated/Edit.ts';
import { type Key, type Language, t, word, WRITTEN } from '../lang/index.svelte.ts';
import { longDay, shortDay } from './dates.ts';
import { showTime } from './times.ts';

/** A field's value as people read it. */
export function valueText(field: string | null, value: string): string {
  if (value === '') return t('app.nothing');
  switch (field) {
    case 'date':
      return longDay(value);
    case 'start':
    case 'end':
      return showTime(value);
    case 'mode':
      return word('mode', value.toLowerCase());
    case 'cancelled':
      return value === 'true' ? t('app.yes') : t('app.no');
    default:
      return value;
  }
}

/** The fields whose values the app itself puts into words. */
const WORDED = ['date', 'mode', 'cancelled', 'start', 'end', 'link'];

/** The language of what `valueText` returns, where it may be another than the app's. */
export function valueLanguage(field: string | null, value: string): Language | undefined {
  return value === '' || (field !== null && WORDED.includes(field)) ? undefined : WRITTEN;
}

/** A slot's title as people read it. */
export function titleText(title: string): string {
  return title.trim() === '' ? t('slot.untitled') : title;
}

/** The language of what `titleText` returns. */
export function titleLanguage(title: string): Language | undefined {
  return title.trim() === '' ? undefined : WRITTEN;
}

/** Longer values are cut where they are only one of many; they are whole where they belong. */
const CLAMPED_CHARS = 160;

export function clamped(text: string): string {
  return text.length <= CLAMPED_CHARS ? text : `${text.slice(0, CLAMPED_CHARS).trimEnd()} …`;
}

const NAMED: Record<string, Key> = {
  'remove-slot': 'edit.remove-slot',
  'confirm-secrecy': 'edit.confirm-secrecy',
};

/** Which slot an edit was about: `Lunch, tis 14 dec 12.00`; nothing where it was about none. */
export function aboutText({ slot, date, start }: About): string {
  if (date === null) return slot;
  return `${titleText(slot)}, ${shortDay(date)}${start === null ? '' : ` ${showTime(start)}`}`;
}

function changed(field: string, { before, after }: About): string {
  return `${valueText(field, before)} → ${valueText(field, after)}`;
}

/** An edit in a few words. */
export function editText({ kind, edit }: Edit, about: About): string {
  switch (edit.action) {
    case 'create':
      return t('edit.create', { kind: word('kind', kind) });
    case 'set-title':
      return t('edit.set-title', { value: edit.title });
    case 'add-slot':
      return t('edit.add-slot', { value: edit.slot.title });
    case 'set-slot': {
      const { field, value } = edit.set;
      if (about.date !== null) return t('edit.set-slot.from', { field: word('field', field), change: changed(field, about) });
      return t('edit.set-slot', { field: word('field', field), value: valueText(field, String(value ?? '')) });
    }
    case 'add-host':
      return about.after ? t('edit.add-host.named', { name: about.after }) : t('edit.add-host');
    case 'remove-host':
      return about.before ? t('edit.remove-host.named', { name: about.before }) : t('edit.remove-host');
    case 'acknowledge':
      return t('edit.acknowledge', { value: edit.version });
    case 'set-note':
      return t('edit.set-note', { value: edit.text });
    default:
      return t(NAMED[edit.action] ?? 'edit.other');
  }
}

/** Of edits in the order of time, those that no later one writes over: a text that is typed is stored at each pause. */
export function newest<T extends { title: string; edit: Edit }>(edits: T[]): T[] {
  const places = edits.map(({ title, edit }) => placeOf(title, edit));
  return edits.filter((_, i) => {
    const place = places[i] ?? null;
    return place === null || places.lastIndexOf(place) === i;
  });
}

function placeOf(title: string, { kind, edit }: Edit): string | null {
  switch (edit.action) {
    case 'set-note':
      return JSON.stringify([kind, edit.itinerary, edit.slot]);
    case 'set-slot':
      return JSON.stringify([kind, title, edit.id, edit.set.field]);
    default:
      return null;
  }
}
