// Notes of one person, who has several unmodified automerge-repo clients.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Network } from '../browser/lib/network.mjs';
import { Client, converged, until } from './lib/client.mjs';
import { Server } from './lib/server.mjs';
import { Storage } from './lib/storage.mjs';

/** How many edits two clients make at the same time, together. */
const CONCURRENT_EDITS = 200;

let server;
let person;

before(async () => {
  server = await Server.start();
  person = await server.person();
});

after(() => server?.stop());

/** Clients of the person, which leave at the end of the test. */
async function clients(t, ...options) {
  const joined = await Promise.all(options.map((one) => Client.of(server, person, one)));
  t.after(() => Promise.all(joined.map((client) => client.leave())));
  return joined;
}

/** Two clients, and a note that both have. */
async function pair(t, content, ...options) {
  const [desk, phone] = await clients(t, options[0], options[1]);
  const here = desk.repo.create(content);
  await desk.saved(here);
  return { desk, phone, here, there: await phone.find(here.url) };
}

test('a client creates a document, and another of the same person has it', async (t) => {
  const { there } = await pair(t, { title: 'Packing list', items: ['passport'] });
  assert.deepEqual(there.doc(), { title: 'Packing list', items: ['passport'] });
});

test('each edit of two clients reaches the other', async (t) => {
  const { here, there } = await pair(t, { title: 'Draft', items: [] });
  here.change((doc) => doc.items.push('desk'));
  await until(there, (doc) => doc.items.length === 1);
  there.change((doc) => doc.items.push('phone'));
  await until(here, (doc) => doc.items.length === 2);
  here.change((doc) => (doc.title = 'Final'));
  await until(there, (doc) => doc.title === 'Final');
  assert.deepEqual(there.doc(), { title: 'Final', items: ['desk', 'phone'] });
  await converged(here, there);
});

test('of 200 concurrent edits none is lost, also not for one who comes later', async (t) => {
  const { desk, phone, here, there } = await pair(t, { edits: {} });
  for (let n = 0; n < CONCURRENT_EDITS / 2; n += 1) {
    here.change((doc) => (doc.edits[`desk ${n}`] = n));
    there.change((doc) => (doc.edits[`phone ${n}`] = n));
  }
  const all = (doc) => Object.keys(doc.edits).length === CONCURRENT_EDITS;
  await Promise.all([until(here, all), until(there, all)]);
  await Promise.all([desk.saved(here), phone.saved(there)]);
  await converged(here, there);

  const [tablet] = await clients(t, {});
  const later = await tablet.find(here.url);
  assert.deepEqual(later.doc(), here.doc());
  assert.equal(tablet.adapter.received.error, undefined);
});

test('edits made out of coverage are merged when the client is back', async (t) => {
  const network = await Network.to(server);
  t.after(() => network.cut());
  const { desk, phone, here, there } = await pair(t, { title: 'Out', items: {} }, {}, { network });
  await network.cut();
  await phone.disconnected();
  for (let n = 0; n < 10; n += 1) {
    there.change((doc) => (doc.items[`offline ${n}`] = n));
    here.change((doc) => (doc.items[`online ${n}`] = n));
  }
  await desk.saved(here);
  await network.restore();
  const all = (doc) => Object.keys(doc.items).length === 20;
  await Promise.all([until(here, all), until(there, all)]);
  await phone.saved(there);
  await converged(here, there);
});

test('a client that keeps files goes on from them after it was closed', async (t) => {
  const storage = new Storage();
  const first = await Client.of(server, person, { storage });
  const note = first.repo.create({ n: 0 });
  await first.saved(note);
  await first.leave();

  const [desk, again] = await clients(t, {}, { storage, enableRemoteHeadsGossiping: true });
  const here = await desk.find(note.url);
  const there = await again.find(note.url);
  here.change((doc) => (doc.n += 1));
  await until(there, (doc) => doc.n === 1);
  there.change((doc) => (doc.n += 1));
  await until(here, (doc) => doc.n === 2);
  await again.saved(there);
});

test('a server that is restarted in order, or killed, is found again with all it said it has', async (t) => {
  const { desk, phone, here, there } = await pair(t, { edits: {} });
  let edits = 0;
  const edit = (handle) => handle.change((doc) => (doc.edits[`edit ${(edits += 1)}`] = edits));
  const all = (doc) => Object.keys(doc.edits).length === edits;
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL']) {
    edit(here);
    edit(there);
    await Promise.all([desk.saved(here), phone.saved(there)]);
    await Promise.all([until(here, all), until(there, all)]);
    const code = await server.end(signal);
    assert.equal(code, signal === 'SIGTERM' ? 0 : null);
    await Promise.all([desk.disconnected(), phone.disconnected()]);
    assert.equal(await server.samsynk('check'), 'ok');
    edit(here);
    edit(there);
    await server.serve();
    await Promise.all([until(here, all), until(there, all)]);
    await Promise.all([desk.saved(here), phone.saved(there)]);
  }
  const [tablet] = await clients(t, {});
  assert.deepEqual((await tablet.find(here.url)).doc(), here.doc());
});
