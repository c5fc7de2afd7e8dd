// What goes wrong says so, and loses nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone, linkToPlan } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const button = (phone, name) => phone.page.getByRole('button', { name });
const text = (phone, words) => phone.page.getByText(words).first();

async function staff(t) {
  const phone = await Phone.of(town, 'staff-farsta');
  t.after(() => phone.throwAway());
  await phone.plan.waitFor();
  return phone;
}

async function openFirstSlot(phone) {
  await phone.plan.click();
  await button(phone, /^Edit .*, \d\.\d\d–/).first().click();
  return phone.page.getByRole('dialog');
}

async function setRoom(phone, room) {
  const sheet = await openFirstSlot(phone);
  await sheet.getByLabel('Room').fill(room);
  await sheet.getByRole('button', { name: 'Done' }).click();
}

test('a link works on one device only', async (t) => {
  const secret = await town.invitation('student-farsta');
  const first = await Phone.withLink(town, `/#enrol=${secret}`);
  t.after(() => first.throwAway());
  await button(first, 'I understand and confirm').waitFor();
  const second = await Phone.withLink(town, `/#enrol=${secret}`);
  t.after(() => second.throwAway());
  await text(second, 'The link has been used, or was withdrawn.').waitFor();
  // A fresh one is pasted into the same tab.
  await second.open(`/#enrol=${await town.invitation('student-farsta')}`);
  await second.tapToOpen();
  await button(second, 'I understand and confirm').waitFor();
});

test('a device that was revoked shows nothing from the server, and keeps what is only on it', async (t) => {
  const phone = await staff(t);
  await phone.readyForOffline();
  await phone.network.cut();
  await setRoom(phone, 'Rum Enen');
  await town.samsynk('device', 'revoke', await phone.device());
  await phone.network.restore();
  await phone.page.getByRole('heading', { name: 'This device is disconnected' }).waitFor();
  await text(phone, 'Rum Enen').waitFor();
  await phone.network.cut();
  await phone.page.reload();
  await text(phone, 'Rum Enen').waitFor();
  assert.equal(await phone.page.getByText('Farsta').count(), 1, 'the plan of the edit, and nothing else');
  await phone.network.restore();

  // A new link for the same person brings the edit to the server.
  await phone.open(`/#enrol=${await town.invitation('staff-farsta')}`);
  await phone.tapToOpen();
  await phone.plan.click();
  await text(phone, 'Rum Enen').waitFor();
  await text(phone, 'Saved on the server').waitFor();
});

test('a damaged store is put aside: documents come back, unsaved edits are shown', async (t) => {
  const phone = await staff(t);
  await phone.readyForOffline();
  await phone.network.cut();
  await setRoom(phone, 'Rum Linden');
  await text(phone, 'On this device').waitFor();
  // A start folds the log into the file.
  await phone.turnOff();
  await phone.turnOn();
  await phone.open('/');
  await phone.plan.waitFor();
  await phone.turnOff();
  await phone.damageStore();
  await phone.network.restore();
  await phone.turnOn();

  await phone.open('/status');
  await text(phone, /^Room: .+ → Rum Linden$/).waitFor();
  await phone.open('/');
  const sheet = await openFirstSlot(phone);
  assert.notEqual(await sheet.getByLabel('Room').inputValue(), 'Rum Linden');
  await sheet.getByRole('button', { name: 'Done' }).click();
  await phone.open('/status');
  await button(phone, /^Try again/).click();
  await text(phone, 'Nothing has failed.').waitFor();
  await phone.open('/');
  const again = await openFirstSlot(phone);
  assert.equal(await again.getByLabel('Room').inputValue(), 'Rum Linden');
});

test('a second tab shows the same, and goes on when the first is closed', async (t) => {
  const phone = await staff(t);
  const first = phone.page;
  const second = await phone.newTab('/');
  await linkToPlan(second).waitFor();
  await first.close();
  phone.page = second;
  await setRoom(phone, 'Rum Häggen');
  await text(phone, 'Saved on the server').waitFor();
});
