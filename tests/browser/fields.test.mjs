// Fields are typed into with keys, as people do it: at several speeds, in any form, with the power failing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

async function openFirstSlot(phone) {
  await phone.plan.click();
  return reopen(phone);
}

async function reopen(phone) {
  await phone.page.getByRole('button', { name: /^Edit / }).first().click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.waitFor();
  return sheet;
}

async function staff(t) {
  const phone = await Phone.of(town, 'staff-farsta');
  t.after(() => phone.throwAway());
  return phone;
}

/** Types with keys what replaces a field's text, and leaves it. */
async function type(phone, field, keys, delay) {
  await field.click();
  await phone.page.keyboard.press('ControlOrMeta+a');
  await phone.page.keyboard.type(keys, { delay });
  assert.equal(await field.inputValue(), keys, 'nothing writes into a field that is typed into');
  await phone.page.keyboard.press('Tab');
}

/** Waits until a field that was left shows a value. */
async function shows(field, value) {
  const page = field.page();
  await field.and(page.locator(`:not(:focus)`)).waitFor();
  const input = await field.elementHandle();
  try {
    await page.waitForFunction(([{ value: shown }, wanted]) => shown === wanted, [input, value]);
  } catch {
    assert.fail(`the field shows ${await field.inputValue()}, not ${value}`);
  }
}

/**
 * Half a second of the page's own time later: what is half typed is on disk, or on its way there and sure to be read behind it.
 * However loaded the machine is, timers and transactions keep their order.
 */
async function halfASecondLater(phone, expected) {
  const drafts = await phone.page.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await answer(indexedDB.open('samsynk-drafts'));
    const found = await answer(database.transaction('drafts').objectStore('drafts').getAll());
    database.close();
    return found.map(({ text }) => text);
  });
  assert.deepEqual(drafts, [expected]);
}

test('times, days and texts are stored as typed, at any speed', async (t) => {
  const phone = await staff(t);
  const sheet = await openFirstSlot(phone);
  const field = (name) => sheet.getByLabel(name, { exact: true });
  for (const delay of [0, 40, 200]) {
    await type(phone, field('Starts'), '9.05', delay);
    await shows(field('Starts'), '9.05');
    await type(phone, field('Starts'), '11:15 AM', delay);
    await shows(field('Starts'), '11.15');
    await type(phone, field('Ends'), '1215', delay);
    await shows(field('Ends'), '12.15');
    await type(phone, field('Room'), `Rum ${delay}`, delay);
    await shows(field('Room'), `Rum ${delay}`);
    await type(phone, field('Day'), '12/14/2021', delay);
    await shows(field('Day'), 'Tue 14 December 2021');
    await type(phone, field('Day'), 'mån', delay);
    await shows(field('Day'), 'Mon 13 December 2021');
  }
  await sheet.getByRole('button', { name: 'Done' }).click();
  await phone.page.getByRole('button', { name: /^Edit .*, 11\.15–12\.15/ }).waitFor();
  assert.deepEqual(phone.errors, []);
});

test('a value that is refused stays to be mended, after the sheet was closed and after a reload', async (t) => {
  const phone = await staff(t);
  let sheet = await openFirstSlot(phone);
  const starts = () => sheet.getByLabel('Starts', { exact: true });
  const before = await starts().inputValue();
  await type(phone, starts(), 'half past', 0);
  await sheet.getByText('Type a time').waitFor();
  await sheet.getByText('Not saved yet').first().waitFor();
  await sheet.getByRole('button', { name: 'Close' }).click();
  sheet = await reopen(phone);
  assert.equal(await starts().inputValue(), 'half past');
  await sheet.getByText('Type a time').waitFor();
  await halfASecondLater(phone, 'half past');
  await phone.page.reload();
  sheet = await reopen(phone);
  assert.equal(await starts().inputValue(), 'half past');
  await sheet.getByRole('button', { name: /^Undo/ }).click();
  assert.equal(await starts().inputValue(), before);
  await phone.page.keyboard.press('Tab');

  const title = sheet.getByLabel('Title', { exact: true });
  const old = await title.inputValue();
  await type(phone, title, '   ', 0);
  await sheet.getByText(`“${old}” applies until`).waitFor();
});

test('what is half typed is on disk half a second later, whatever happens to the tab', async (t) => {
  const phone = await staff(t);
  let sheet = await openFirstSlot(phone);
  await sheet.getByLabel('Starts', { exact: true }).click();
  await phone.page.keyboard.press('ControlOrMeta+a');
  await phone.page.keyboard.type('13.4');
  await halfASecondLater(phone, '13.4');
  const address = new URL(phone.page.url()).pathname;
  await phone.turnOff();
  await phone.turnOn();
  await phone.open(address);
  sheet = await reopen(phone);
  assert.equal(await sheet.getByLabel('Starts', { exact: true }).inputValue(), '13.4');
  await type(phone, sheet.getByLabel('Starts', { exact: true }), '13.45', 0);
  await shows(sheet.getByLabel('Starts', { exact: true }), '13.45');
});
