import { expect, test } from 'vitest';
import { Client } from '../src/lib/client.ts';
import type { Request, ToPage } from '../src/lib/protocol.ts';

/** A client, and its worker in the test's hands. */
function setUp() {
  const requests: Request[] = [];
  let tell: (message: ToPage) => void = () => undefined;
  const client = new Client({ post: (request) => requests.push(request), listen: (listener) => (tell = listener) });
  const answer = async (answer: unknown) => {
    const request = requests.shift();
    if (!request) throw new Error('nothing was asked');
    tell({ type: 'reply', id: request.id, ok: true, answer });
    // One turn for the promise of the call, one for what waits for it, one for the read that may follow.
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  };
  return { client, requests, answer, change: () => tell({ type: 'changed' }), tell: (message: ToPage) => tell(message) };
}

test('answers reach the calls they belong to, in any order', async () => {
  const { client, requests, tell } = setUp();
  const first = client.newId();
  const second = client.account();
  const [a, b] = requests;
  tell({ type: 'reply', id: b?.id ?? 0, ok: true, answer: 'account' });
  tell({ type: 'reply', id: a?.id ?? 0, ok: false, refusal: { code: 'storage-full', params: {} } });
  expect(await second).toBe('account');
  await expect(first).rejects.toMatchObject({ refusal: { code: 'storage-full' } });
});

test('a watched value is read again after changes, and many changes at once cost one read', async () => {
  const { client, requests, answer, change } = setUp();
  const shown: (string | null)[] = [];
  const stop = client.watch((c) => c.account(), (value) => shown.push(value), () => undefined);
  change();
  change();
  change();
  expect(requests).toHaveLength(1);
  await answer('a');
  expect(requests).toHaveLength(1);
  await answer('b');
  expect(shown).toEqual(['a', 'b']);
  expect(requests).toHaveLength(0);

  stop();
  change();
  expect(requests).toHaveLength(0);
});

test('an answer that comes after a watcher stopped is not shown', async () => {
  const { client, answer } = setUp();
  const shown: (string | null)[] = [];
  client.watch((c) => c.account(), (value) => shown.push(value), () => undefined)();
  await answer('late');
  expect(shown).toEqual([]);
});
