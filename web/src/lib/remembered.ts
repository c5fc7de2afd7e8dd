// Small things that a browser remembers beside the store, because they are needed before or after it: also where it keeps
// nothing, for as long as the page lives.

const memory = new Map<string, string>();

function storage(kind: 'local' | 'session'): Storage | null {
  try {
    return kind === 'local' ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

function read(kind: 'local' | 'session', key: string): string | null {
  try {
    return storage(kind)?.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(kind: 'local' | 'session', key: string, value: string | null): void {
  if (value === null) memory.delete(key);
  else memory.set(key, value);
  try {
    if (value === null) storage(kind)?.removeItem(key);
    else storage(kind)?.setItem(key, value);
  } catch {
    // It is in memory.
  }
}

const INVITATION = 'samsynk-invitation';
const ATTEMPT = 'samsynk-attempt';
const LEFT = 'samsynk-left';

/** The invitation that this tab was opened with, until it is used or turned down: it outlives a reload, not the tab. */
export const invitation = {
  get: () => read('session', INVITATION),
  set: (secret: string | null) => write('session', INVITATION, secret),
};

/** What this browser calls its attempts to be enrolled, made before the first: an answer that was lost is given to it again. */
export const attempt = {
  get(): string {
    const known = read('local', ATTEMPT);
    if (known !== null) return known;
    const fresh = crypto.randomUUID();
    write('local', ATTEMPT, fresh);
    return fresh;
  },
  /** The next invitation is another attempt. */
  over: () => write('local', ATTEMPT, null),
};

/** Whether this device was left without telling the server: its cookie must not bring it back. */
export const left = {
  get: () => read('local', LEFT) !== null,
  set: (value: boolean) => write('local', LEFT, value ? '1' : null),
};
