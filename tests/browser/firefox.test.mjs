// The main story in Firefox: an edit made offline is kept, saved and published, and reaches the second phone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Firefox, named } from './lib/firefox.mjs';
import { Town } from './lib/town.mjs';

const ROOM = 'Rum Eken';
const CHANGES = named('region', 'What changed since you last looked');
const SHEET = 'dialog';
/** The room in the plan's list of slots. */
const LISTED = 'main li';

let town;
let student;
let testa;

before(async () => {
  town = await Town.start();
  student = await Firefox.of(town, 'student-farsta');
  testa = await Firefox.of(town, 'staff-farsta');
});

after(async () => {
  for (const phone of [student, testa]) await phone?.throwAway();
  await town?.stop();
});

async function readsThreeDays(version) {
  for (const day of ['13 December', '14 December', '15 December']) await student.sees(day, 'h2');
  await student.sees(`Version ${version}`);
}

test('a student confirms secrecy and reads the three days, also without a network', async () => {
  await student.sees('Duty of secrecy', 'h1');
  await student.click(named('button', 'I understand and confirm'));
  await readsThreeDays(1);
  await student.readyForOffline();
  await student.goOffline();
  await student.page.reload();
  await readsThreeDays(1);
});

test('staff move a slot without a network: it is on the device only, also after a reload', async () => {
  await testa.click(testa.plan);
  await testa.readyForOffline();
  await testa.goOffline();
  await testa.click('button[aria-label^="Edit "]');
  await testa.type(`${SHEET} ${named('textbox', 'Room')}`, ROOM);
  await testa.click(`${SHEET} ${named('button', 'Done')}`);
  await testa.seesNo(SHEET);
  await testa.sees(ROOM, LISTED);
  await testa.sees('Only on this device');
  await testa.page.reload();
  await testa.sees(ROOM, LISTED);
  await testa.sees('Only on this device');
});

test('back online it is saved, and published', async () => {
  await testa.goOnline();
  await testa.sees('Saved on the server');
  await testa.click(named('button', 'Publish'));
  await testa.sees(ROOM, SHEET);
  await testa.click(named('button', 'Publish version 2'));
  await testa.sees('Version 2 is published.');
});

test('the student sees the one change, until it is acknowledged', async () => {
  await student.goOnline();
  await readsThreeDays(2);
  const told = await student.texts(`${CHANGES} li`);
  assert.equal(told.length, 1, told.join());
  assert.match(told[0], new RegExp(`Room[^]*${ROOM}`));
  await student.page.reload();
  await student.sees(ROOM, CHANGES);
  await student.click(named('button', 'I have seen this'));
  await student.seesNo(CHANGES);
  await student.page.reload();
  await readsThreeDays(2);
  await student.seesNo(CHANGES);
});

test('the browser was asked to keep what is stored, and that it promised is said', async () => {
  await testa.click('a[href="/device"]');
  await testa.sees('The browser has promised not to clear', 'main');
});

test('nothing went wrong in any page', () => {
  for (const phone of [student, testa]) assert.deepEqual(phone.errors, []);
});
