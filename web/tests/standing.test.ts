import { expect, test } from 'vitest';
import type { SyncStatus } from '../src/generated/SyncStatus.ts';
import { isAllSaved, type Standing, standingOf, type Typed } from '../src/lib/standing.ts';

const SYNCED: SyncStatus = { link: 'synced', onDevice: 0, sent: 0, waiting: 0, setAside: 0, asOf: null, problem: null, refused: [] };
const NOTHING: Typed = { unfinished: 0, refused: 0 };
const TYPING: Typed = { unfinished: 1, refused: 0 };
const REFUSED: Typed = { unfinished: 1, refused: 1 };
const refusal = { code: 'nothing-to-publish', params: {} };
const command = { id: 'c', command: 'publish-visit', document: 'd', refusal };

/** What there is, the one word for it, and whether all may be called saved. */
const TABLE: [Partial<SyncStatus>, Typed, Standing, boolean][] = [
  [{}, NOTHING, 'saved', true],
  [{ link: 'syncing' }, NOTHING, 'syncing', true],
  [{ link: 'connecting' }, NOTHING, 'connecting', true],
  [{ link: 'offline' }, NOTHING, 'offline', true],
  [{}, TYPING, 'draft', false],
  [{ link: 'offline' }, TYPING, 'offline', false],
  [{ onDevice: 1 }, NOTHING, 'saving', false],
  [{ sent: 1 }, NOTHING, 'saving', false],
  [{ waiting: 1 }, NOTHING, 'saving', false],
  [{ link: 'offline', onDevice: 1 }, NOTHING, 'offline', false],
  [{ setAside: 1 }, NOTHING, 'attention', false],
  [{ refused: [command] }, NOTHING, 'attention', false],
  [{}, REFUSED, 'attention', false],
  [{ link: 'offline' }, REFUSED, 'attention', false],
  [{ problem: refusal }, NOTHING, 'attention', true],
];

test.each(TABLE)('of %j and %j all screens say %s', (status, typed, standing, saved) => {
  expect(standingOf({ ...SYNCED, ...status }, typed)).toBe(standing);
  expect(isAllSaved({ ...SYNCED, ...status }, typed)).toBe(saved);
});
