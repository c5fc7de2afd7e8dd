import { refusalOf } from './refused.ts';
import type { Refusal } from '../generated/Refusal.ts';

let current = $state.raw<Refusal | null>(null);

/** What the person should be told about something that they just tried. */
export function currentNotice(): Refusal | null {
  return current;
}

export function dismissNotice(): void {
  current = null;
}

/** Tells what was refused where no place on screen belongs to it. */
export function tell(refusal: Refusal): void {
  current = refusal;
}

/** Does something for the person; tells them if it was refused. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    current = null;
    return true;
  } catch (thrown) {
    current = refusalOf(thrown);
    return false;
  }
}

/** What has been done, and how to undo it. */
export interface Said {
  text: string;
  undo?: () => Promise<unknown>;
}

/** How long what was done can be undone from where it is said, in milliseconds. */
const UNDO_MILLIS = 10_000;

let said = $state.raw<Said | null>(null);
let forget: ReturnType<typeof setTimeout> | undefined;

export function currentSaid(): Said | null {
  return said;
}

/** Says that something is done, for as long as it can be undone from there. */
export function say(done: Said): void {
  said = done;
  clearTimeout(forget);
  forget = setTimeout(dismissSaid, UNDO_MILLIS);
}

export function dismissSaid(): void {
  clearTimeout(forget);
  said = null;
}
