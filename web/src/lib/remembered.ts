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

/** Returns whether it outlives the page. */
function write(kind: 'local' | 'session', key: string, value: string | null): boolean {
  if (value === null) memory.delete(key);
  else memory.set(key, value);
  try {
    const store = storage(kind);
    if (value === null) store?.removeItem(key);
    else store?.setItem(key, value);
    return store !== null;
  } catch {
    return false;
  }
}

// Where storage is refused, the tab's own entry in its history outlives a reload.
function readEntry(key: string): string | null {
  const state: unknown = history.state;
  const found = typeof state === 'object' && state !== null ? (state as Record<string, unknown>)[key] : null;
  return typeof found === 'string' ? found : null;
}

function writeEntry(key: string, value: string | null): void {
  if (readEntry(key) !== value) history.replaceState({ ...history.state, [key]: value }, '');
}

const INVITATION = 'samsynk-invitation';
const ATTEMPT = 'samsynk-attempt';
const LEFT = 'samsynk-left';
const CONTACT = 'samsynk-contact';

/** The invitation that this tab was opened with, until it is used or turned down: it outlives a reload, not the tab. */
export const invitation = {
  get: () => read('session', INVITATION) ?? readEntry(INVITATION),
  set(secret: string | null): void {
    const isKept = write('session', INVITATION, secret);
    writeEntry(INVITATION, isKept ? null : secret);
  },
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
  over: () => void write('local', ATTEMPT, null),
};

/** Whether this device was left without telling the server: its cookie must not bring it back. */
export const left = {
  get: () => read('local', LEFT) !== null,
  set: (value: boolean) => void write('local', LEFT, value ? '1' : null),
};

/** Whom the server last named for reports of what cannot be used. */
export const contact = {
  get: () => read('local', CONTACT),
  set: (address: string | null) => void write('local', CONTACT, address),
};
