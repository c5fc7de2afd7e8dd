// What the server refuses ends: a client that speaks version 1 and knows no refusals does not loop.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Network } from '../browser/lib/network.mjs';
import { Client, until } from './lib/client.mjs';
import { note, text } from './lib/note.mjs';
import { Server } from './lib/server.mjs';

/** How many edits a client goes on to make in a note of which one was refused. */
const EDITS_AFTER = 20;

let server;
let anna;
let bo;

before(async () => {
  server = await Server.start();
  [anna, bo] = await Promise.all([server.person(), server.person()]);
});

after(() => server?.stop());

async function client(t, person, options) {
  const joined = await Client.of(server, person, options);
  t.after(() => joined.leave());
  return joined;
}

/** A note that both people have. */
async function shared(t, options) {
  const [mine, theirs] = [await client(t, anna), await client(t, bo, options)];
  const here = mine.repo.create(note(anna, bo));
  await mine.saved(here);
  const there = await theirs.find(here.url);
  // The last word of their first exchange is no answer to what comes next.
  await fence(theirs);
  return { mine, theirs, here, there };
}

/** Round trips of another document, which the server answers after all that it was sent before. */
async function fence(joined) {
  const other = joined.repo.create({ rounds: 0 });
  for (let n = 0; n < 3; n += 1) {
    other.change((doc) => (doc.rounds += 1));
    await joined.saved(other);
  }
}

/** The frames that a client received in between which were about no other document. */
async function heardOf({ adapter }, handle, action) {
  const heard = [];
  const listen = (message) => message.documentId === handle.documentId && heard.push(message.type);
  const errors = adapter.received.error ?? 0;
  adapter.on('message', listen);
  await action();
  adapter.off('message', listen);
  return { errors: (adapter.received.error ?? 0) - errors, heard };
}

for (const [what, change] of [
  ['the owner', (doc) => (doc.owner = text('0'.repeat(32)))],
  ['a text that is too long', (doc) => (doc.text = text('x'.repeat(8 * 1024 + 1)))],
  ['a personal number', (doc) => (doc.text = text('811218-9876'))],
  ['what is not a note', (doc) => (doc.title = 7)],
]) {
  test(`a change is refused once (${what}), and the rest of the session goes on`, async (t) => {
    const { mine, theirs, here, there } = await shared(t);
    const before = here.heads();
    const first = await heardOf(theirs, there, async () => {
      there.change(change);
      await fence(theirs);
    });
    // The server may ask for the change first, where the client has only named it.
    if (first.heard[0] === 'sync') first.heard.shift();
    assert.deepEqual(first, { errors: 1, heard: ['doc-unavailable'] });

    const sent = theirs.adapter.sent.sync;
    const later = await heardOf(theirs, there, async () => {
      for (let n = 0; n < EDITS_AFTER; n += 1) there.change((doc) => (doc.extra = n));
      await fence(theirs);
    });
    assert.deepEqual(later, { errors: 0, heard: [] }, 'the client has been told');
    assert.ok(theirs.adapter.sent.sync - sent < 3 * EDITS_AFTER, 'and answers nothing of its own');

    // The note is as it was, for everyone else, and can still be written.
    assert.deepEqual(here.heads(), before);
    here.change((doc) => (doc.title = text('Still here')));
    await mine.saved(here);
    const again = await client(t, bo);
    assert.equal((await again.find(here.url)).doc().title.val, 'Still here');
  });
}

test('edits of who lost access while away are turned away, once for each connection', async (t) => {
  const network = await Network.to(server);
  t.after(() => network.cut());
  const { mine, theirs, here, there } = await shared(t, { network });
  await network.cut();
  await theirs.disconnected();
  there.change((doc) => (doc.text = text('Too late')));
  here.change((doc) => delete doc.shared[bo.account]);
  await mine.saved(here);

  for (let round = 0; round < 2; round += 1) {
    const turnedAway = await heardOf(theirs, there, async () => {
      const told = new Promise((resolve) => {
        const listen = ({ type }) => type === 'doc-unavailable' && resolve();
        theirs.adapter.on('message', listen);
        t.after(() => theirs.adapter.off('message', listen));
      });
      await network.restore();
      await theirs.connected();
      await told;
      await fence(theirs);
    });
    assert.deepEqual(turnedAway, { errors: 0, heard: ['doc-unavailable'] });
    await network.cut();
    await theirs.disconnected();
  }
  assert.equal(here.doc().text.val, '');
  await network.restore();
  await theirs.connected();
  // Access that comes back brings the edits: nothing was lost on the client.
  here.change((doc) => (doc.shared[bo.account] = true));
  await until(here, (doc) => doc.text.val === 'Too late');
});
