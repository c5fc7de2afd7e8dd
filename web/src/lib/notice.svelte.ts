import { refusalOf } from './refused.ts';
import type { Refusal } from '../generated/Refusal.ts';

let current = $state.raw<Refusal | null>(null);
/** What the notice is about, where that may end by itself: a draft that is mended. */
let about: string | null = null;

/** What the person should be told about something that they just tried. */
export function currentNotice(): Refusal | null {
  return current;
}

export function dismissNotice(): void {
  current = null;
}

/** Tells what was refused where no place on screen belongs to it, for as long as what it is about lasts. */
export function tell(refusal: Refusal, key: string | null = null): void {
  current = refusal;
  about = key;
}

/** What was told of it is no longer true. */
export function untell(key: string): void {
  if (about === key) current = null;
}

/** Does something for the person; tells them if it was refused. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    current = null;
    return true;
  } catch (thrown) {
    tell(refusalOf(thrown));
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
  forget = setTimeout(expire, UNDO_MILLIS);
}

// Not from under whoever is about to press it.
function expire(): void {
  if (document.querySelector('.notices:is(:focus-within, :hover)')) forget = setTimeout(expire, UNDO_MILLIS);
  else dismissSaid();
}

export function dismissSaid(): void {
  clearTimeout(forget);
  said = null;
}
