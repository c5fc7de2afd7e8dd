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
