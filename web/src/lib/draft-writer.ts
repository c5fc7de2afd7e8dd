import type { Draft } from './drafts.svelte.ts';

/** How many drafts are kept on disk; a person fills in one form at a time. */
export const DRAFTS_MAX = 200;
/** A longer draft is kept in memory only: no field stores half as much. */
export const DRAFT_CHARS_MAX = 20_000;

/** What is to be done on disk. */
export interface Writes {
  put: [key: string, draft: Draft][];
  remove: string[];
}

/** Knows which drafts are on disk, and which have to go there or away, until that is done. */
export class DraftWriter {
  #unwritten = new Set<string>();
  #onDisk = new Set<string>();

  /** `store` tells whether all was done. */
  constructor(
    private readonly draftOf: (key: string) => Draft | undefined,
    private readonly store: (writes: Writes) => Promise<boolean>,
  ) {}

  /** A draft was found on disk. Returns whether there is room for it. */
  found(key: string): boolean {
    return this.#onDisk.size < DRAFTS_MAX && this.#onDisk.add(key) !== undefined;
  }

  /** A draft has changed, or is gone. */
  changed(key: string): void {
    this.#unwritten.add(key);
  }

  /** Nothing is on disk any more, nor has to go there. */
  reset(): void {
    this.#unwritten.clear();
    this.#onDisk.clear();
  }

  /** Brings the disk up to date. What could not be done is tried again the next time. */
  async write(): Promise<void> {
    const keys = [...this.#unwritten];
    if (keys.length === 0) return;
    this.#unwritten.clear();
    if (!(await this.store(this.#writes(keys)))) for (const key of keys) this.#unwritten.add(key);
  }

  // Where there are too many, those stay that are there already.
  #writes(keys: string[]): Writes {
    const writes: Writes = { put: [], remove: [] };
    for (const key of keys) {
      const draft = this.draftOf(key);
      if (!draft) {
        this.#onDisk.delete(key);
        writes.remove.push(key);
      } else if (draft.text.length <= DRAFT_CHARS_MAX && (this.#onDisk.has(key) || this.#onDisk.size < DRAFTS_MAX)) {
        this.#onDisk.add(key);
        writes.put.push([key, draft]);
      }
    }
    return writes;
  }
}
