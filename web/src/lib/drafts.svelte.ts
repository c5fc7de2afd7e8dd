import { SvelteMap } from 'svelte/reactivity';
import type { Refusal } from '../generated/Refusal.ts';
import { DraftWriter, type Writes } from './draft-writer.ts';
import { untell } from './notice.svelte.ts';
import type { Typed } from './standing.ts';

/** What somebody typed that is not stored yet, and why not, where it was refused. */
export interface Draft {
  text: string;
  refusal: Refusal | null;
  /** The stored value that it was typed over. */
  base?: string;
  /** Which field it is, in words, and the address of its screen. */
  label?: string;
  path?: string;
}

/** A draft by its key. */
export interface Named {
  key: string;
  draft: Draft;
}

/** How long after the last key a draft goes to disk, in milliseconds: within half a second, as fields promise. */
const WRITE_DELAY_MS = 300;
const DATABASE = 'samsynk-drafts';
/** The second names whose each draft is; nobody knows that of the first one's. */
const DATABASE_VERSION = 2;
const TABLE = 'drafts';

const drafts = new SvelteMap<string, Draft>();
const writer = new DraftWriter((key) => drafts.get(key), (writes) => store(writes));
/** Whose drafts these are. */
let owner: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let database: Promise<IDBDatabase> | null = null;

export function draftOf(key: string): Draft | undefined {
  return drafts.get(key);
}

/** The drafts whose keys begin so, by the rest of their keys. */
export function draftsUnder(start: string): Named[] {
  const under = [...drafts].filter(([key]) => key.startsWith(start));
  return under.map(([key, draft]) => ({ key: key.slice(start.length), draft }));
}

/** Everything that is not stored yet and names its field, with the keys. */
export function namedDrafts(): Named[] {
  return [...drafts].filter(([, draft]) => draft.label !== undefined).map(([key, draft]) => ({ key, draft }));
}

/** How much is typed and not stored, and how much of that is refused: nothing but the person can change the latter. */
export function typed(): Typed {
  const refused = [...drafts.values()].filter(({ refusal }) => refusal !== null);
  return { unfinished: drafts.size, refused: refused.length };
}

/** Keeps a draft; on disk too, unless it is only `forNow`. */
export function keepDraft(key: string, draft: Draft, forNow: boolean): void {
  drafts.set(key, draft);
  if (!forNow) writeSoon(key);
}

export function dropDraft(key: string): void {
  if (drafts.delete(key)) writeSoon(key);
  untell(key);
}

/** Erases all drafts, for a device that is handed on. */
export async function forgetDrafts(): Promise<void> {
  owner = null;
  drafts.clear();
  writer.reset();
  await change((table) => table.clear());
}

/**
 * The device is this account's, or nobody's any more. Only its own drafts are kept; others' are erased, also where another tab
 * handed the device on.
 */
export async function useDrafts(account: string | null): Promise<void> {
  if (account === owner) return;
  if (account === null) return forgetDrafts();
  owner = account;
  drafts.clear();
  writer.reset();
  await change((table) => {
    const cursor = table.openCursor();
    cursor.onsuccess = () => {
      const found = cursor.result;
      if (!found || account !== owner) return;
      const key = keyOf(account, found.key);
      if (key === null || !writer.found(key)) found.delete();
      else if (!drafts.has(key)) drafts.set(key, found.value as Draft);
      found.continue();
    };
  });
}

/** Sees to it that drafts are on disk before the page goes. */
export function keepDraftsOnLeaving(): void {
  addEventListener('pagehide', () => void writeNow());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void writeNow());
}

function keyOf(account: string, stored: IDBValidKey): string | null {
  return typeof stored === 'string' && stored.startsWith(`${account}/`) ? stored.slice(account.length + 1) : null;
}

function writeSoon(key: string): void {
  writer.changed(key);
  clearTimeout(timer);
  timer = setTimeout(() => void writeNow(), WRITE_DELAY_MS);
}

function writeNow(): Promise<void> {
  clearTimeout(timer);
  return owner === null ? Promise.resolve() : writer.write();
}

function store({ put, remove }: Writes): Promise<boolean> {
  const account = owner;
  return change((table) => {
    // Handed on meanwhile: then nothing of it may be written any more.
    if (account === owner) for (const [key, draft] of put) table.put($state.snapshot(draft), `${account}/${key}`);
    for (const key of remove) table.delete(`${account}/${key}`);
    // The page may go before the answers come: without this the browser would then take the writes back.
    table.transaction.commit();
  });
}

/** Returns whether it was done. Where the browser keeps nothing, drafts last as long as the page. */
async function change(act: (table: IDBObjectStore) => void): Promise<boolean> {
  try {
    database ??= open();
    const transaction = (await database).transaction(TABLE, 'readwrite', { durability: 'strict' });
    act(transaction.objectStore(TABLE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('the drafts were not written'));
    });
    return true;
  } catch {
    database = null;
    return false;
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, DATABASE_VERSION);
    request.onupgradeneeded = () => {
      if (request.result.objectStoreNames.contains(TABLE)) request.result.deleteObjectStore(TABLE);
      request.result.createObjectStore(TABLE);
    };
    request.onsuccess = () => {
      // A newer app, in another tab, may change what is kept, and how.
      request.result.onversionchange = () => {
        request.result.close();
        database = null;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error('the drafts cannot be opened'));
  });
}
