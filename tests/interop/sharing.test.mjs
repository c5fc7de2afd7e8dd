// What clients of other people see of a note, and do not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Client, converged, until } from './lib/client.mjs';
import { note, text } from './lib/note.mjs';
import { Server } from './lib/server.mjs';

let server;
let anna;
let bo;

before(async () => {
  server = await Server.start();
  [anna, bo] = await Promise.all([server.person(), server.person()]);
});

after(() => server?.stop());

async function client(t, person) {
  const joined = await Client.of(server, person);
  t.after(() => joined.leave());
  return joined;
}

/** The next ephemeral message that a document's handle hears. */
function heard(handle) {
  return new Promise((resolve) => handle.once('ephemeral-message', ({ message }) => resolve(message)));
}

test('another person is told that a note is unavailable, and gets it once it is shared', async (t) => {
  const [desk, phone, other] = await Promise.all([client(t, anna), client(t, anna), client(t, bo)]);
  const mine = desk.repo.create(note(anna));
  await desk.saved(mine);
  await assert.rejects(other.find(mine.url), /unavailable/);
  assert.equal(other.adapter.received['doc-unavailable'], 1);
  assert.equal(other.adapter.received.sync, undefined, 'not a byte of it');
  // One that nobody has looks the same.
  await assert.rejects(other.find('automerge:2akvofn6L1o4RMUEMQi7qzwRjKWZ'), /unavailable/);

  const handle = other.repo.handles[mine.documentId];
  mine.change((doc) => (doc.shared[bo.account] = true));
  await handle.whenReady();
  assert.equal(handle.doc().title.val, 'Note');
  handle.change((doc) => (doc.title = text('By Bo')));
  await until(mine, (doc) => doc.title.val === 'By Bo');
  const third = await phone.find(mine.url);
  await Promise.all([converged(mine, handle), converged(mine, third)]);
});

test('a note that names no kind stays with the person who made it', async (t) => {
  const [desk, other] = await Promise.all([client(t, anna), client(t, bo)]);
  const mine = desk.repo.create({ free: 'form' });
  await desk.saved(mine);
  await assert.rejects(other.find(mine.url), /unavailable/);
});

test('who a note is no longer shared with hears no more of it', async (t) => {
  const [desk, other] = await Promise.all([client(t, anna), client(t, bo)]);
  const mine = desk.repo.create(note(anna, bo));
  await desk.saved(mine);
  const theirs = await other.find(mine.url);
  mine.change((doc) => delete doc.shared[bo.account]);
  await desk.saved(mine);
  const heads = theirs.heads();
  mine.change((doc) => (doc.text = text('Between us')));
  await desk.saved(mine);

  // Whatever the server had to say to Bo before this answer has arrived with it.
  const fence = other.repo.create({});
  await other.saved(fence);
  assert.deepEqual(theirs.heads(), heads);
  assert.equal(theirs.doc().text.val, '');
});

test('what is said in passing reaches those who have the note open, and nobody else', async (t) => {
  const people = [anna, anna, bo, bo];
  const [desk, phone, other, stranger] = await Promise.all(people.map((p) => client(t, p)));
  const mine = desk.repo.create(note(anna, bo));
  const apart = desk.repo.create(note(anna));
  await Promise.all([desk.saved(mine), desk.saved(apart)]);
  const [onPhone, theirs] = await Promise.all([phone.find(mine.url), other.find(mine.url)]);
  await assert.rejects(stranger.find(apart.url), /unavailable/);

  // They say so once they have it open.
  const presence = { cursor: 3, name: 'Anna' };
  const messages = [onPhone, theirs].map(heard);
  mine.broadcast(presence);
  assert.deepEqual(await Promise.all(messages), [presence, presence]);
  const answers = [mine, onPhone].map(heard);
  theirs.broadcast('seen');
  assert.deepEqual(await Promise.all(answers), ['seen', 'seen']);

  apart.broadcast('not for you');
  await desk.saved(desk.repo.create({ fence: 1 }));
  await stranger.saved(stranger.repo.create({ fence: 2 }));
  assert.equal(stranger.adapter.received.ephemeral, undefined);
  assert.equal(phone.adapter.received.ephemeral, 2, 'each once');
});
