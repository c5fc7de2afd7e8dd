import type { Edit } from '../generated/Edit.ts';
import { type Key, type Language, t, word, WRITTEN } from '../lang/index.svelte.ts';
import { longDay } from './dates.ts';

/** A field's value as people read it. */
export function valueText(field: string | null, value: string): string {
  if (value === '') return t('app.nothing');
  switch (field) {
    case 'date':
      return longDay(value);
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

const NAMED: Record<string, Key> = {
  'add-host': 'edit.add-host',
  'remove-host': 'edit.remove-host',
  'remove-slot': 'edit.remove-slot',
  'confirm-secrecy': 'edit.confirm-secrecy',
};

/** An edit in a few words. */
export function editText({ kind, edit }: Edit): string {
  switch (edit.action) {
    case 'create':
      return t('edit.create', { kind: word('kind', kind) });
    case 'set-title':
      return t('edit.set-title', { value: edit.title });
    case 'add-slot':
      return t('edit.add-slot', { value: edit.slot.title });
    case 'set-slot': {
      const { field, value } = edit.set;
      return t('edit.set-slot', { field: word('field', field), value: valueText(field, String(value ?? '')) });
    }
    case 'acknowledge':
      return t('edit.acknowledge', { value: edit.version });
    case 'set-note':
      return t('edit.set-note', { value: edit.text });
    default:
      return t(NAMED[edit.action] ?? 'edit.other');
  }
}
