// A student with the phone in hand: during the visit, when something changes, and when secrecy is to be read again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;
let student;
let staff;

before(async () => {
  town = await Town.start();
  student = await Phone.of(town, 'student-farsta');
  staff = await Phone.of(town, 'staff-farsta');
});

after(async () => {
  for (const phone of [student, staff]) await phone?.throwAway();
  await town?.stop();
});

const button = (phone, name) => phone.page.getByRole('button', { name, exact: true });
const article = (phone, name) => phone.page.getByRole('article', { name });
/** How far an element is from the top of the screen, in whole pixels. */
const topOf = async (locator) => Math.round((await locator.boundingBox()).y);
const isSeen = (locator) =>
  locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });

/** Publishes the plan at Farsta with another room for its first slot. */
async function publishRoom(room) {
  await staff.open('/');
  await staff.plan.click();
  await staff.page.getByRole('button', { name: /^Edit .*, 9\.00–/ }).first().click();
  const sheet = staff.page.getByRole('dialog');
  await sheet.getByLabel('Room').click();
  await staff.page.keyboard.press('ControlOrMeta+a');
  await staff.page.keyboard.type(room);
  await sheet.getByRole('button', { name: 'Done' }).click();
  await button(staff, 'Publish').click();
  await sheet.getByRole('button', { name: /^Publish version/ }).click();
  await staff.page.getByText(/^Version \d+ is published\.$/).waitFor();
}

test('no host is named and no day is shown before secrecy is confirmed, and it can be read again', async () => {
  await student.page.getByRole('heading', { name: 'Duty of secrecy' }).waitFor();
  for (const address of ['/', '/device', '/status']) {
    await student.open(address);
    await student.page.getByRole('heading', { level: 1 }).filter({ hasNotText: /^\s*samsynk\s*$/ }).waitFor();
    assert.doesNotMatch(await student.page.locator('body').innerText(), /Testsson|Fiktiv|Persson|Exempelsson|Provberg/, address);
  }
  await student.open('/');
  await button(student, 'I understand and confirm').click();
  await button(student, 'Read about the duty of secrecy').click();
  const sheet = student.page.getByRole('dialog', { name: 'Duty of secrecy' });
  await sheet.getByText('You confirmed').waitFor();
  assert.deepEqual(await student.violations(), []);
  await student.page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
});

test('a place leads to a map of its address, beside the app', async () => {
  const address = article(student, 'Välkommen till Farsta').getByRole('link', { name: /Storforsplan 36/ });
  const [href, target] = await Promise.all(['href', 'target'].map((name) => address.getAttribute(name)));
  assert.equal(new URL(href).protocol, 'https:');
  assert.equal(new URL(href).searchParams.get('query'), 'Storforsplan 36, Farsta');
  assert.equal(target, '_blank');
});

test('during the visit it opens at what is going on, and marks it minute by minute without a jump', async () => {
  const { page } = student;
  // A fifth of a second before the second slot of the second day begins.
  await page.clock.setFixedTime(new Date('2021-12-14T10:44:59.800+01:00'));
  await page.reload();
  const [first, second, third] = [/^Ekonomiskt bistånd/, /^Barn och unga/, /^Följ en handläggare/].map((name) => article(student, name));
  await second.getByText('Next', { exact: true }).waitFor();
  assert.equal(await page.getByText('Now', { exact: true }).count(), 0);
  const opened = await topOf(second);
  assert.ok(opened >= 0 && opened < 100, `the next slot is ${opened} pixels from the top`);

  await page.clock.setFixedTime(new Date('2021-12-14T10:45:00+01:00'));
  await second.getByText('Now', { exact: true }).waitFor();
  await third.getByText('Next', { exact: true }).waitFor();
  assert.equal(await second.getAttribute('aria-current'), 'time');
  assert.equal(await first.getAttribute('aria-current'), null);
  assert.equal(await topOf(second), opened, 'nothing moves when a minute passes');
  assert.deepEqual(await student.violations(), []);

  await page.reload();
  await second.getByText('Now', { exact: true }).waitFor();
  assert.ok(await isSeen(second.getByRole('heading')));
});

test('a version that arrives while somebody reads is told in a bar that stays, and moves nothing', async () => {
  const { page } = student;
  const read = article(student, /^Arbetsmiljö, hot och våld/);
  await read.evaluate((element) => element.scrollIntoView());
  const before = await topOf(read);
  await publishRoom('Rum Asken');

  const bar = page.getByRole('status').getByText('1 change since last time');
  await bar.waitFor();
  assert.ok(await isSeen(bar), 'the bar is on the screen');
  // The bar covers what is under it, and pushes nothing down.
  await page.waitForFunction(([top]) => {
    const title = [...document.querySelectorAll('article')].find((element) => element.textContent.includes('Arbetsmiljö, hot'));
    return Math.abs(title.getBoundingClientRect().top - top) < 8;
  }, [before]);
  assert.deepEqual(await student.violations(), []);

  // It is there after a reload, too, which opens at the current slot clear of it.
  await page.reload();
  await bar.waitFor();
  const now = article(student, /^Barn och unga/);
  await now.getByText('Now', { exact: true }).waitFor();
  const bottom = await bar.evaluate((element) => element.parentElement.getBoundingClientRect().bottom);
  assert.ok((await topOf(now.getByRole('heading'))) >= bottom, 'what is going on lies below the bar');

  await button(student, 'Show').click();
  const heading = page.getByRole('heading', { name: /What changed/ });
  assert.ok(await heading.evaluate((element) => element === document.activeElement), 'the focus goes along');
  assert.ok(await isSeen(heading));
  await button(student, 'I have seen this').click();
  await bar.waitFor({ state: 'detached' });
  assert.ok(await page.evaluate(() => document.activeElement !== document.body), 'the focus is somewhere');
});

test('a note that is half typed when the page goes is there when it comes back, and is stored', async () => {
  const { page } = student;
  const slot = article(student, 'Välkommen till Farsta');
  await slot.getByText('Write a note').click();
  await slot.getByRole('textbox').click();
  await page.keyboard.type('Fråga om handledning');
  // At once, before any pause in typing would have stored it.
  await page.reload();
  const note = slot.getByRole('textbox');
  await note.waitFor();
  assert.equal(await note.inputValue(), 'Fråga om handledning');
  await page.getByRole('navigation').getByText('Saved', { exact: true }).first().waitFor();
  await page.evaluate(() => indexedDB.deleteDatabase('samsynk-drafts'));
  await page.reload();
  await note.waitFor();
  assert.equal(await note.inputValue(), 'Fråga om handledning');
});

test('a visit that is cancelled says whom to ask, and opens at its beginning', async () => {
  await button(staff, 'More options').click();
  const sheet = staff.page.getByRole('dialog');
  await sheet.getByRole('button', { name: 'Cancel the visit' }).click();
  await sheet.getByRole('button', { name: 'Cancel the visit' }).click();
  const alert = student.page.getByRole('alert').filter({ hasText: 'cancelled' });
  await alert.getByText(/Ask .*Testa Testsson.* at Farsta/).waitFor();
  await student.page.reload();
  await alert.waitFor();
  assert.equal(await student.page.getByText('Now', { exact: true }).count(), 0);
  assert.ok(await isSeen(alert));
});

test('nothing went wrong in any page', () => {
  for (const phone of [student, staff]) assert.deepEqual(phone.errors, [], phone.person);
});
