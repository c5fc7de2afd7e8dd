import { expect, test } from 'vitest';
import { DRAFT_CHARS_MAX, DRAFTS_MAX, DraftWriter, type Writes } from '../src/lib/draft-writer.ts';
import type { Draft } from '../src/lib/drafts.svelte.ts';

/** Drafts in memory, and a disk that may fail. */
class Desk {
  drafts = new Map<string, Draft>();
  disk = new Map<string, string>();
  fails = false;
  writer = new DraftWriter((key) => this.drafts.get(key), (writes) => this.#store(writes));

  async #store({ put, remove }: Writes): Promise<boolean> {
    if (this.fails) return false;
    for (const [key, { text }] of put) this.disk.set(key, text);
    for (const key of remove) this.disk.delete(key);
    return true;
  }

  types(key: string, text: string): void {
    this.drafts.set(key, { text, refusal: null });
    this.writer.changed(key);
  }
}

test('what could not be written is written the next time', async () => {
  const desk = new Desk();
  desk.fails = true;
  desk.types('a', 'Halvvägs');
  await desk.writer.write();
  desk.fails = false;
  await desk.writer.write();
  expect([...desk.disk]).toEqual([['a', 'Halvvägs']]);
});

test('where there are too many, those that are on disk stay and follow what is typed', async () => {
  const desk = new Desk();
  for (let n = 0; n < DRAFTS_MAX + 2; n++) desk.types(`f${n}`, 'en');
  await desk.writer.write();
  desk.types('f0', 'två');
  await desk.writer.write();
  expect([desk.disk.size, desk.disk.get('f0')]).toEqual([DRAFTS_MAX, 'två']);

  desk.drafts.delete('f1');
  desk.writer.changed('f1');
  await desk.writer.write();
  desk.types('new', 'plats');
  await desk.writer.write();
  expect([desk.disk.size, desk.disk.get('new'), desk.disk.has('f1')]).toEqual([DRAFTS_MAX, 'plats', false]);
});

test('a text without end stays in memory, and leaves on disk what fitted', async () => {
  const desk = new Desk();
  desk.types('a', 'kort');
  await desk.writer.write();
  desk.types('a', 'x'.repeat(DRAFT_CHARS_MAX + 1));
  await desk.writer.write();
  expect(desk.disk.get('a')).toBe('kort');
});

test('of a device that was handed on nothing is written any more', async () => {
  const desk = new Desk();
  desk.types('a', 'mitt');
  desk.drafts.clear();
  desk.writer.reset();
  await desk.writer.write();
  expect(desk.disk.size).toBe(0);
});
