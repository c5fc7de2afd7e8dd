import type { SyncStatus } from '../generated/SyncStatus.ts';

/** Edits that the server has not confirmed. A publication that waits is no edit of anything. */
export function unsavedEdits({ onDevice, sent }: SyncStatus): number {
  return onDevice + sent;
}

/** Whether all that was done here is with the server. */
export function isAllSaved(status: SyncStatus): boolean {
  return unsavedEdits(status) + status.waiting === 0;
}
