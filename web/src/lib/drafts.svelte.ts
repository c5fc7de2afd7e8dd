import { SvelteMap } from 'svelte/reactivity';
import type { Refusal } from '../generated/Refusal.ts';

/** What somebody typed that is not stored yet, and why not, where it was refused. */
export interface Draft {
  text: string;
  refusal: Refusal | null;
}

/** How long after the last key a draft goes to disk, in milliseconds: within half a second, as fields promise. */
const WRITE_DELAY_MS = 300;
/** How many drafts are kept on disk; a person fills in one form at a time. */
const DRAFTS_MAX = 200;
/** A longer draft is kept in memory only: no field stores half as much. */
const DRAFT_CHARS_MAX = 20_000;
const DATABASE = 'samsynk-drafts';
const TABLE = 'drafts';

const drafts = new SvelteMap<string, Draft>();
const unwritten = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let database: Promise<IDBDatabase> | null = null;

export function draftOf(key: string): Draft | undefined {
  return drafts.get(key);
}

/** The drafts whose keys begin so, by the rest of their keys. */
export function draftsUnder(start: string): { key: string; draft: Draft }[] {
  const under = [...drafts].filter(([key]) => key.startsWith(start));
  return under.map(([key, draft]) => ({ key: key.slice(start.length), draft }));
}

/** How many fields hold something that is not stored yet. */
export function unfinished(): number {
  return drafts.size;
}

/** Keeps a draft; on disk too, unless it is only `forNow`. */
export function keepDraft(key: string, draft: Draft, forNow: boolean): void {
  drafts.set(key, draft);
  if (!forNow) writeSoon(key);
}

export function dropDraft(key: string): void {
  if (drafts.delete(key)) writeSoon(key);
}

/** Erases all drafts, for a device that is handed on. */
export async function forgetDrafts(): Promise<void> {
  for (const key of drafts.keys()) unwritten.add(key);
  drafts.clear();
  await change((table) => table.clear());
  unwritten.clear();
}

/** Reads the drafts of earlier visits, and sees to it that those of this one are on disk before the page goes. */
export async function loadDrafts(): Promise<void> {
  addEventListener('pagehide', () => void writeNow());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void writeNow());
  await change((table) => {
    const cursor = table.openCursor();
    cursor.onsuccess = () => {
      const found = cursor.result;
      if (!found || drafts.size >= DRAFTS_MAX) return;
      if (typeof found.key === 'string' && !drafts.has(found.key)) drafts.set(found.key, found.value as Draft);
      found.continue();
    };
  });
}

function writeSoon(key: string): void {
  unwritten.add(key);
  clearTimeout(timer);
  timer = setTimeout(() => void writeNow(), WRITE_DELAY_MS);
}

async function writeNow(): Promise<void> {
  clearTimeout(timer);
  const keys = [...unwritten];
  unwritten.clear();
  if (keys.length === 0) return;
  await change((table) => {
    for (const key of keys) {
      const draft = drafts.get(key);
      if (draft && draft.text.length <= DRAFT_CHARS_MAX && drafts.size <= DRAFTS_MAX) table.put($state.snapshot(draft), key);
      else table.delete(key);
    }
    // The page may go before the answers come: without this the browser would then take the writes back.
    table.transaction.commit();
  });
}

// Where the browser keeps nothing, drafts last as long as the page.
async function change(act: (table: IDBObjectStore) => void): Promise<void> {
  try {
    database ??= open();
    const transaction = (await database).transaction(TABLE, 'readwrite', { durability: 'strict' });
    act(transaction.objectStore(TABLE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('the drafts were not written'));
    });
  } catch {
    database = null;
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the drafts cannot be opened'));
  });
}
