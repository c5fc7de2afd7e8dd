// Two of the staff at the same plan: nobody's work is lost by what the other does, and each is told.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const button = (phone, name) => phone.page.getByRole('button', { name });
const sheetOf = (phone) => phone.page.getByRole('dialog');
const session = (phone, title) => button(phone, new RegExp(`^Edit ${title}`));
const focused = (phone) => phone.page.evaluate(() => {
  const it = document.activeElement;
  return it?.labels?.[0]?.innerText ?? it?.getAttribute('aria-label') ?? it?.innerText;
});

async function planOf(person, t) {
  const phone = await Phone.of(town, person);
  t.after(() => phone.throwAway());
  await phone.plan.click();
  await button(phone, /^Edit .*, \d+\.\d\d–/).first().waitFor();
  return phone;
}

/** Types into a field of the sheet, in place of what it holds. */
async function type(phone, label, text) {
  await sheetOf(phone).getByLabel(label, { exact: true }).click();
  await phone.page.keyboard.press('ControlOrMeta+a');
  await phone.page.keyboard.type(text);
}

async function write(phone, title, label, text) {
  await session(phone, title).first().click();
  await type(phone, label, text);
  await button(phone, 'Done').click();
  await sheetOf(phone).waitFor({ state: 'detached' });
}

async function add(phone, title) {
  await button(phone, /^Add a session on Monday/).click();
  await sheetOf(phone).waitFor();
  await phone.page.keyboard.type(title);
  await button(phone, 'Done').click();
  await sheetOf(phone).waitFor({ state: 'detached' });
}

async function publish(phone) {
  await button(phone, 'Publish').click();
  await sheetOf(phone).getByRole('button', { name: /^Publish version/ }).click();
  await phone.page.getByText(/^Version \d+ is published\.$/).waitFor();
}

async function holds(phone, title, label, text) {
  await session(phone, title).first().click();
  assert.equal(await sheetOf(phone).getByLabel(label, { exact: true }).inputValue(), text);
  await button(phone, 'Done').click();
  await sheetOf(phone).waitFor({ state: 'detached' });
}

test('what is undone takes back what it did, and leaves a colleague their work unpublished', async (t) => {
  const testa = await planOf('staff-farsta', t);
  const fia = await planOf('staff-farsta-2', t);
  const student = await Phone.of(town, 'student-farsta');
  t.after(() => student.throwAway());
  await button(student, 'I understand and confirm').click();
  await write(fia, 'Välkommen', 'Preparation', 'Läs lagen');
  await write(testa, 'Välkommen', 'Room', 'Rum Rönnen');
  await testa.page.getByText('2 changes to publish').waitFor();
  const place = () => session(testa, 'Välkommen').first().evaluate((card) => Math.round(card.getBoundingClientRect().top));
  await button(testa, 'Publish').click();
  const before = await place();
  await sheetOf(testa).getByRole('button', { name: /^Publish version/ }).click();
  await testa.page.getByText(/^Version \d+ is published\.$/).waitFor();
  assert.ok(Math.abs((await place()) - before) < 3, 'publishing moves nothing');
  await student.page.getByText('Läs lagen').first().waitFor();

  await button(testa, 'Undo').click();
  await testa.page.getByText(/^Publishing is taken back/).waitFor();
  for (const staff of [testa, fia]) await staff.page.getByText('2 changes to publish').waitFor();
  assert.match(await focused(testa), /^Publish$/, 'the focus is where it was');
  await student.page.getByText('Läs lagen').first().waitFor({ state: 'detached' });
  await holds(fia, 'Välkommen', 'Preparation', 'Läs lagen');
  await holds(testa, 'Välkommen', 'Room', 'Rum Rönnen');

  // Moved to a link, and back: how each session meets is as it was, and what waited waits again.
  await button(testa, 'More options').click();
  await button(testa, 'Move everything to remote').click();
  await type(testa, 'Link to the meeting', 'teams.example/besok');
  await sheetOf(testa).getByRole('button', { name: 'Move to remote' }).click();
  await testa.page.getByText(/^Version \d+ is published\.$/).waitFor();
  await button(testa, 'Undo').click();
  await testa.page.getByText(/^Publishing is taken back/).waitFor();
  for (const staff of [testa, fia]) await staff.page.getByText('2 changes to publish').waitFor();
  assert.equal(await testa.page.locator('main').getByText('Remote', { exact: true }).count(), 0);
  await holds(fia, 'Välkommen', 'Preparation', 'Läs lagen');
  for (const phone of [testa, fia, student]) assert.deepEqual(phone.errors, [], phone.person);
});

test('a new title is counted as a change, published, and told', async (t) => {
  const fia = await planOf('staff-farsta-3', t);
  const student = await Phone.of(town, 'student-farsta-2');
  t.after(() => student.throwAway());
  await button(student, 'I understand and confirm').click();
  await student.page.getByRole('heading', { level: 1 }).waitFor();
  await write(fia, 'Välkommen', 'Bring', 'Penna');
  await publish(fia);
  const seen = button(student, 'I have seen this');
  await seen.click();
  await seen.waitFor({ state: 'detached' });
  await button(fia, 'More options').click();
  await type(fia, 'Name of the visit', 'Farstadagarna');
  await fia.page.keyboard.press('Escape');
  await fia.page.getByText('1 change to publish').waitFor();
  await publish(fia);
  await student.page.getByText('The whole visit').first().waitFor();
  await student.page.locator('ins', { hasText: 'Farstadagarna' }).waitFor();
});

test('what was typed in a session that a colleague removes is kept, shown, copied and put back', async (t) => {
  const testa = await planOf('staff-farsta', t);
  const fia = await planOf('staff-farsta-2', t);
  await add(testa, 'Utflykt');
  await session(fia, 'Utflykt').click();
  await type(fia, 'Bring', 'Gummistövlar');
  await type(fia, 'Ends', '17.3');
  await session(testa, 'Utflykt').click();
  await testa.page.waitForFunction(() => [...document.querySelectorAll('dialog textarea')].some(({ value }) => value === 'Gummistövlar'));
  const remove = button(testa, 'Remove this session');
  await remove.focus();
  await testa.page.keyboard.press('Enter');
  assert.equal(await focused(testa), 'Remove this session', 'the question has the focus');
  await testa.page.keyboard.press('Tab');
  await testa.page.keyboard.press('Enter');
  await sheetOf(testa).waitFor({ state: 'detached' });
  assert.notEqual(await focused(testa), 'Back');

  const sheet = sheetOf(fia);
  await sheet.getByText('A colleague removed the session').waitFor();
  await sheet.getByText('Gummistövlar').waitFor();
  await sheet.getByText('17.3').waitFor();
  await sheet.getByRole('button', { name: 'Copy text' }).waitFor();
  assert.deepEqual(await fia.violations(), []);
  await sheet.getByRole('button', { name: 'Put the session back' }).click();
  await sheet.getByLabel('Ends', { exact: true }).waitFor();
  assert.equal(await sheet.getByLabel('Ends', { exact: true }).inputValue(), '17.3');
  await session(testa, 'Utflykt').waitFor();
  await holds(testa, 'Utflykt', 'Bring', 'Gummistövlar');
  for (const phone of [testa, fia]) assert.deepEqual(phone.errors, [], phone.person);
});

test('two values of a field are marked where one is typing, and one\'s own stays', async (t) => {
  const testa = await planOf('staff-farsta', t);
  const fia = await planOf('staff-farsta-2', t);
  await fia.readyForOffline();
  await fia.network.cut();
  await session(fia, 'Välkommen').first().click();
  await type(fia, 'Room', 'Rum Eken');
  await fia.page.keyboard.press('Tab');
  await write(testa, 'Välkommen', 'Room', 'Rum Asken');
  await testa.page.getByText('Saved on the server').first().waitFor();
  await fia.network.restore();
  const sheet = sheetOf(fia);
  const room = sheet.getByLabel('Room', { exact: true });
  await sheet.getByText('There are two values.').waitFor();
  assert.equal(await room.inputValue(), 'Rum Eken');
  const beside = await sheet.getByRole('button', { name: 'Keep “Rum Asken”' }).boundingBox();
  const field = await room.boundingBox();
  assert.ok(beside.y > field.y && beside.y - field.y < 400, 'the choice is by the field');
  assert.deepEqual(await fia.violations(), []);
  await sheet.getByRole('button', { name: 'Keep “Rum Asken”' }).click();
  await sheet.getByText('There are two values.').waitFor({ state: 'detached' });
  assert.equal(await room.inputValue(), 'Rum Asken');
});

test('a command whose words will not do is refused where they are typed, and they stay', async (t) => {
  const staff = await planOf('staff-farsta', t);
  const sheet = sheetOf(staff);
  await button(staff, 'More options').click();
  await button(staff, 'Move everything to remote').click();
  const link = sheet.getByLabel('Link to the meeting');
  for (const [typed, why] of [
    ['javascript:alert(1)', 'The link cannot be opened'],
    ['  ', 'Link is missing'],
    ['bara ord', 'The link cannot be opened'],
    ['https://zoom.example/j/811218-9876', 'This looks like a personal identity number'],
  ]) {
    await type(staff, 'Link to the meeting', typed);
    await staff.page.keyboard.press('Enter');
    await sheet.getByText(why).waitFor();
    assert.equal(await link.inputValue(), typed);
    assert.equal(await link.getAttribute('aria-invalid'), 'true');
  }
  // The browser's way back closes the sheet, and not the plan.
  await staff.page.goBack();
  await sheet.waitFor({ state: 'detached' });
  await button(staff, 'More options').click();
  await button(staff, 'Cancel the visit').click();
  await type(staff, 'Why? (the students see it)', 'Ring 811218-9876');
  await sheet.getByRole('button', { name: 'Cancel the visit' }).click();
  await sheet.getByText('This looks like a personal identity number').waitFor();
  assert.deepEqual(await staff.violations(), []);
  await staff.page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.equal(await staff.page.getByText('The visit is cancelled.').count(), 0);
  await staff.page.waitForFunction(() => !history.state?.layer);
  // Both entries are gone with their sheets: the next way back leaves.
  await staff.page.goBack();
  await staff.page.getByRole('heading', { level: 1, name: /^Hello/ }).waitFor();
});

test('a refused value keeps the sheet open, and what is left of it is told wherever one looks', async (t) => {
  const staff = await planOf('staff-farsta', t);
  const sheet = sheetOf(staff);
  await session(staff, 'Välkommen').first().click();
  await type(staff, 'Title', 'x'.repeat(210));
  await sheet.getByText('10 characters too many').waitFor();
  await type(staff, 'Starts', 'half past');
  await button(staff, 'Done').click();
  await sheet.getByText('Type a time').waitFor();
  await staff.page.waitForFunction(() => document.activeElement?.labels?.[0]?.innerText === 'Title');
  await staff.page.keyboard.press('ControlOrMeta+a');
  await staff.page.keyboard.type('Välkommen hit');
  await sheet.getByText('too many').waitFor({ state: 'detached' });
  await button(staff, 'Done').click();
  await staff.page.waitForFunction(() => document.activeElement?.labels?.[0]?.innerText === 'Starts');
  await sheet.getByRole('button', { name: 'Close' }).click();

  await staff.page.locator('li', { has: session(staff, 'Välkommen hit') }).getByText('Not saved yet: Starts').waitFor();
  await button(staff, 'Publish').click();
  await sheet.getByText('This is not saved yet and does not go along:').waitFor();
  await staff.page.keyboard.press('Escape');
  await staff.page.locator('nav a[href="/status"]').click();
  await staff.page.getByText('half past').waitFor();
  assert.equal(await staff.page.getByText('Everything').count(), 0, 'not all is saved');
  assert.equal(await staff.page.getByText('Nothing has failed.').count(), 0);
  assert.deepEqual(await staff.violations(), []);
});

test('an earlier version is looked at as a whole', async (t) => {
  const staff = await planOf('staff-farsta', t);
  await button(staff, 'More options').click();
  await button(staff, 'Earlier versions').click();
  const sheet = sheetOf(staff);
  await sheet.getByRole('heading', { name: /^Version 1, \d+ \w+\.? \d+\.\d\d$/ }).waitFor();
  await sheet.getByRole('button', { name: 'Show version 1', exact: true }).click();
  await sheet.getByRole('heading', { level: 4, name: /13 December/ }).waitFor();
  assert.ok((await sheet.getByRole('article').count()) > 3);
  assert.deepEqual(await staff.violations(), []);
});
