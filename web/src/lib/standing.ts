import type { SyncStatus } from '../generated/SyncStatus.ts';

/** What was typed here and is not stored: how much in all, and how much of it is refused. */
export interface Typed {
  unfinished: number;
  refused: number;
}

/** How everything stands, in the one word that all screens go by. */
export type Standing = 'attention' | 'offline' | 'draft' | 'saving' | 'connecting' | 'syncing' | 'saved';

/** Edits that the server has not confirmed. A publication that waits is no edit of anything. */
export function unsavedEdits({ onDevice, sent }: SyncStatus): number {
  return onDevice + sent;
}

/** How much came to nothing, and waits for somebody to deal with it. */
export function failures({ setAside, refused }: SyncStatus, typed: Typed): number {
  return setAside + refused.length + typed.refused;
}

/** Whether all that was done here is with the server. */
export function isAllSaved(status: SyncStatus, typed: Typed): boolean {
  return unsavedEdits(status) + status.waiting + failures(status, typed) + typed.unfinished === 0;
}

/** What comes first of all there is to say. */
export function standingOf(status: SyncStatus, typed: Typed): Standing {
  if (status.problem || failures(status, typed) > 0) return 'attention';
  if (status.link === 'offline') return 'offline';
  if (typed.unfinished > 0) return 'draft';
  if (!isAllSaved(status, typed)) return 'saving';
  return status.link === 'synced' ? 'saved' : status.link;
}
