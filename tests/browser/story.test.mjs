// An edit made offline reaches the second phone: the walkthrough of ARCHITECTURE.md, with the real
// server process, TLS and headless Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;
let student;
let testa;
let fia;

before(async () => {
  town = await Town.start();
  student = await Phone.of(town, 'student-farsta');
  testa = await Phone.of(town, 'staff-farsta');
  fia = await Phone.of(town, 'staff-farsta-2');
});

after(async () => {
  for (const phone of [student, testa, fia]) await phone?.throwAway();
  await town?.stop();
});

const button = (phone, name) => phone.page.getByRole('button', { name });
const days = (phone) => phone.page.getByRole('heading', { level: 2, name: /1[345] December/ });

/** Opens the plan at Farsta from the first screen, and its first slot. */
async function openFirstSlot(phone) {
  await phone.open('/');
  await phone.plan.click();
  await button(phone, /^Edit .*, \d\.\d\d–/).first().click();
  return phone.page.getByRole('dialog');
}

async function setRoom(phone, room) {
  const sheet = await openFirstSlot(phone);
  const field = sheet.getByLabel('Room');
  const was = await field.inputValue();
  await field.fill(room);
  await sheet.getByRole('button', { name: 'Done' }).click();
  return was;
}

async function noViolations(...phones) {
  for (const phone of phones) assert.deepEqual(await phone.violations(), [], phone.person);
}

test('a student reads the three days, also without a network, at once', async () => {
  await student.page.getByRole('heading', { name: 'Duty of secrecy' }).waitFor();
  await noViolations(student);
  await button(student, 'I understand and confirm').click();
  await days(student).first().waitFor();
  assert.equal(await days(student).count(), 3);
  await student.page.getByText('Version 1').waitFor();
  await noViolations(student);
  await student.readyForOffline();

  await student.network.cut();
  await student.page.reload();
  await days(student).first().waitFor();
  assert.equal(await days(student).count(), 3);
  const milliseconds = await student.page.evaluate(() => Math.round(performance.now()));
  console.log(`from reload to visible itinerary, offline: ${milliseconds} ms`);
});

let roomBefore;

test('staff move a slot offline, and it is saved when they are back', async () => {
  await testa.readyForOffline();
  await testa.plan.waitFor();
  await testa.network.cut();
  roomBefore = await setRoom(testa, 'Rum Eken');
  await testa.page.getByText('On this device').first().waitFor();

  await testa.turnOff();
  await testa.turnOn();
  const sheet = await openFirstSlot(testa);
  assert.equal(await sheet.getByLabel('Room').inputValue(), 'Rum Eken');
  await noViolations(testa);
  await sheet.getByRole('button', { name: 'Done' }).click();
  await testa.page.getByText('On this device').first().waitFor();

  await testa.network.restore();
  await testa.page.getByText('Saved on the server').first().waitFor();
});

test('a plan published offline waits, and says so', async () => {
  await testa.network.cut();
  await button(testa, 'Publish').click();
  await testa.page.getByRole('dialog').getByRole('button', { name: /^Publish version 2/ }).click();
  await testa.page.getByText('Waits for the server').waitFor();
  await noViolations(testa);
  await testa.network.restore();
  await testa.page.getByText('Version 2').first().waitFor();
});

test('the student sees exactly what changed, until it is acknowledged', async () => {
  await student.network.restore();
  await student.page.getByText('Version 2').waitFor();
  await student.page.getByText(/As of/).first().waitFor();
  const changes = student.page.getByRole('region', { name: /What changed/ });
  const told = await changes.getByRole('listitem').allInnerTexts();
  assert.equal(told.length, 1, told.join());
  assert.match(told[0], new RegExp(`Room[^]*${roomBefore}[^]*Rum Eken`));
  await noViolations(student);

  await student.page.reload();
  await changes.waitFor();
  await button(student, 'I have seen this').click();
  await changes.waitFor({ state: 'detached' });
  await student.page.reload();
  await days(student).first().waitFor();
  assert.equal(await changes.count(), 0);
});

test('two staff who were apart see one conflict with both values, and settle it', async () => {
  await fia.plan.waitFor();
  await fia.readyForOffline();
  await testa.network.cut();
  await fia.network.cut();
  await setRoom(testa, 'Rum Asken');
  await setRoom(fia, 'Rum Boken');
  await testa.network.restore();
  await fia.network.restore();

  const keep = (phone, room) => button(phone, `Keep “${room}”`);
  for (const phone of [testa, fia]) {
    await keep(phone, 'Rum Asken').waitFor();
    await keep(phone, 'Rum Boken').waitFor();
    assert.equal(await button(phone, /^Keep “/).count(), 2);
  }
  // Each with its author, as nobody names oneself.
  const by = (phone, name) => phone.page.locator('li li').filter({ has: button(phone, /^Keep “/) }).getByText(name);
  await by(testa, 'Fia Fiktiv').waitFor();
  await by(fia, 'Testa Testsson').waitFor();
  await noViolations(testa, fia);

  await keep(fia, 'Rum Asken').click();
  await keep(testa, 'Rum Boken').waitFor({ state: 'detached' });
  for (const phone of [testa, fia]) {
    await phone.page.getByText('Saved on the server').first().waitFor();
    const sheet = await openFirstSlot(phone);
    assert.equal(await sheet.getByLabel('Room').inputValue(), 'Rum Asken');
    await sheet.getByRole('button', { name: 'Done' }).click();
  }
});

test('nothing went wrong in any page', () => {
  for (const phone of [student, testa, fia]) assert.deepEqual(phone.errors, [], phone.person);
});
