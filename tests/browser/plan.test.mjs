// The plan as staff work on it: what is wrong shows while it is written, and what happens elsewhere shows at once.

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
/** All buttons with which a plan is changed. */
const editing = (phone) => phone.page.getByRole('main').getByRole('button', { name: /^(Edit|Add|Publish)/ });
const sheetOf = (phone) => phone.page.getByRole('dialog');
const focused = (phone) => phone.page.evaluate(() => document.activeElement?.labels?.[0]?.innerText ?? document.activeElement?.innerText);

async function planOf(person, t) {
  const phone = await Phone.of(town, person);
  t.after(() => phone.throwAway());
  await phone.plan.click();
  await button(phone, /^Edit .*, \d+\.\d\d–/).first().waitFor();
  return phone;
}

/** Types into a field of the sheet, in place of what it holds, and leaves it. */
async function type(phone, label, text) {
  await sheetOf(phone).getByLabel(label, { exact: true }).click();
  await phone.page.keyboard.press('Control+A');
  await phone.page.keyboard.type(text);
  await phone.page.keyboard.press('Tab');
}

test('a new session begins with its title, and says what is wrong with it while it is written', async (t) => {
  const staff = await planOf('staff-farsta', t);
  await button(staff, /^Add a session on Monday/).click();
  const sheet = sheetOf(staff);
  await sheet.getByText('No title.').waitFor();
  assert.equal(await focused(staff), 'Title');
  assert.notEqual(await sheet.getByLabel('Place').inputValue(), '', 'the place of the session before');
  await staff.page.keyboard.type('Fika');
  await sheet.getByRole('heading', { name: 'Fika' }).waitFor();
  await sheet.getByText('No title.').waitFor({ state: 'detached' });
  await type(staff, 'Ends', '7.00');
  await sheet.getByText('Ends before it starts.').waitFor();
  assert.deepEqual(await staff.violations(), []);
  await sheet.getByRole('button', { name: 'Done' }).click();
  await sheet.waitFor({ state: 'detached' });

  // The summary leads to it, from the plan and from what is shown before publishing.
  const fika = button(staff, /^Edit Fika/);
  const line = button(staff, /Fika: Ends before it starts/);
  await line.click();
  assert.ok(await fika.evaluate((card) => card === document.activeElement));
  await button(staff, 'Publish').click();
  await sheet.getByRole('button', { name: /Fika: Ends before it starts/ }).click();
  await sheet.waitFor({ state: 'detached' });
  await staff.page.waitForFunction(() => /^Edit Fika/.test(document.activeElement?.getAttribute('aria-label') ?? ''));

  // Moved to another day it stays in sight.
  await fika.click();
  await sheet.getByRole('button', { name: /15 Dec/i }).click();
  await sheet.getByRole('button', { name: 'Done' }).click();
  await staff.page.getByText(/“Fika” has been moved to Wednesday 15 December/).waitFor();
  await staff.page.waitForFunction(() => {
    const card = document.querySelector('[aria-label^="Edit Fika"]')?.getBoundingClientRect();
    return card && card.top >= 0 && card.bottom <= innerHeight;
  });
  assert.deepEqual(staff.errors, []);
});

test('a cancelled visit closes what is open elsewhere, says why, and takes place after all', async (t) => {
  const testa = await planOf('staff-farsta', t);
  const fia = await planOf('staff-farsta-2', t);
  const student = await Phone.of(town, 'student-farsta');
  t.after(() => student.throwAway());
  await button(student, 'I understand and confirm').click();
  await button(fia, /^Edit .*, \d+\.\d\d–/).first().click();
  await sheetOf(fia).getByLabel('Room').click();

  await button(testa, 'More options').click();
  const sheet = sheetOf(testa);
  await sheet.getByRole('button', { name: 'Cancel the visit' }).click();
  await sheet.getByLabel('Why?').click();
  await testa.page.keyboard.type('Förvaltningen är stängd.');
  await sheet.getByRole('button', { name: 'Cancel the visit' }).click();

  await fia.page.getByText('Förvaltningen är stängd.').waitFor();
  assert.equal(await sheetOf(fia).count(), 0, 'the editor has closed');
  assert.equal(await editing(fia).count(), 0, 'nothing can be edited');
  const struck = await fia.page.locator('main h3').first().evaluate((title) => getComputedStyle(title).textDecorationLine);
  assert.equal(struck, 'line-through');
  await student.page.getByText('Förvaltningen är stängd.').waitFor();
  assert.deepEqual(await fia.violations(), []);
  assert.equal(await button(fia, 'Undo').count(), 0, 'whoever decided it may undo it there');

  await button(testa, 'The visit takes place after all').click();
  await sheet.getByRole('button', { name: 'The visit takes place after all' }).click();
  for (const staff of [testa, fia]) await button(staff, /^Edit .*, \d+\.\d\d–/).first().waitFor();
  await student.page.getByText('Version 3').first().waitFor();
  for (const phone of [testa, fia, student]) assert.deepEqual(phone.errors, [], phone.person);
});

test('a publication that waits says what goes along, and can be taken back', async (t) => {
  const staff = await planOf('staff-farsta', t);
  await staff.readyForOffline();
  await staff.network.cut();
  const first = button(staff, /^Edit .*, \d+\.\d\d–/).first();
  await first.click();
  await type(staff, 'Room', 'Rum Häggen');
  await sheetOf(staff).getByRole('button', { name: 'Done' }).click();
  await button(staff, 'Publish').click();
  await sheetOf(staff).getByText('Rum Häggen').waitFor();
  await sheetOf(staff).getByRole('button', { name: /^Publish version/ }).click();
  await staff.page.getByText('1 change goes along, and what you change until then.').waitFor();
  await button(staff, 'Undo').click();
  await staff.page.getByText(/^\d+ changes? to publish$/).waitFor();
  await staff.network.restore();
  await staff.page.getByText('Saved on the server').first().waitFor();
  await staff.page.getByText(/^\d+ changes? to publish$/).waitFor();
});

test('a plan that is no longer shared goes at once, and what could not be saved is told in full', async (t) => {
  const staff = await planOf('staff-farsta-3', t);
  await staff.readyForOffline();
  const account = await town.accountOf('staff-farsta-3');
  await staff.network.cut();
  const first = button(staff, /^Edit Välkommen till Farsta/);
  await first.click();
  await type(staff, 'Starts', '9.30');
  await sheetOf(staff).getByRole('button', { name: 'Done' }).click();
  await first.click();
  await town.samsynk('account', 'role', 'remove', account, 'staff@farsta');
  await staff.network.restore();

  const gone = staff.page.getByRole('heading', { level: 1, name: 'No longer shared with you' });
  await gone.waitFor();
  assert.equal(await sheetOf(staff).count(), 0);
  assert.equal(await editing(staff).count(), 0);
  assert.deepEqual(await staff.violations(), []);
  await staff.page.reload();
  await gone.waitFor();

  await staff.page.getByRole('navigation').getByRole('link', { name: /attention|status/i }).click();
  const aside = staff.page.getByRole('listitem').filter({ hasText: 'Starts' });
  await aside.getByText(/9\.00 → 9\.30/).waitFor();
  await aside.getByText(/Tre dagar i Farsta · Välkommen till Farsta, Mon 13 Dec 9\.00/).waitFor();
  assert.equal(await aside.getByRole('button', { name: /^Try again/ }).count(), 0, 'it cannot succeed');
  await aside.getByRole('button', { name: /^Copy text/ }).waitFor();
  assert.deepEqual(await staff.violations(), []);
});

test('a round tells each role how far plans have come, whom to think of, and never what it does not know', async (t) => {
  const lead = await Phone.of(town, 'lead');
  t.after(() => lead.throwAway());
  const autumn = lead.page.locator('a[href^="/pilot/"]', { hasText: 'hösten 2021' });
  await autumn.waitFor();
  const round = await autumn.getAttribute('href');
  await lead.open(round);
  await lead.page.getByText(/^Published, version \d/).first().waitFor();
  await lead.page.getByText('1 with protected identity').waitFor();
  await lead.page.getByText('1 has needs to take care of').first().waitFor();
  assert.deepEqual(await lead.violations(), []);

  await lead.open('/people');
  await lead.page.getByLabel('Part of a name').click();
  await lead.page.keyboard.type('alias');
  await lead.page.keyboard.press('Enter');
  const found = button(lead, /Student Alias/);
  await found.getByText('Protected identity').waitFor();
  await found.click();
  await lead.page.getByText('Protected identity').waitFor();

  // It is for leads, and whoever is one no longer sees nobody at once.
  await town.samsynk('account', 'role', 'remove', await town.accountOf('lead'), 'lead');
  await lead.page.getByRole('heading', { level: 1, name: 'Not open to you' }).waitFor();
  assert.equal(await lead.page.getByText('Student Alias').count(), 0);

  const coordinator = await Phone.of(town, 'coordinator');
  t.after(() => coordinator.throwAway());
  await coordinator.page.locator('a[href^="/pilot/"]').first().waitFor();
  await coordinator.open(round);
  await coordinator.page.getByText(/^Published, version \d/).first().waitFor();
  assert.equal(await coordinator.page.locator('a[href^="/plan/"]').count(), 0, 'plans are the staff\'s own');
  await coordinator.page.getByText('1 with protected identity').waitFor();
  const group = coordinator.page.getByRole('listitem').filter({ hasText: '1 with protected identity' }).first();
  await group.getByText('Students', { exact: false }).last().click();
  const alias = group.getByRole('listitem').filter({ hasText: 'Student Alias' });
  await alias.getByText('Protected identity').waitFor();
  assert.deepEqual(await coordinator.violations(), []);
  await group.getByRole('link', { name: /^Open the itinerary/ }).click();
  await coordinator.page.getByRole('heading', { level: 3 }).first().waitFor();
  assert.deepEqual(await coordinator.violations(), []);

  await coordinator.open('/plan/00000000000000000000000000000000');
  await coordinator.page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
});

test('what has changed alike for all sessions is told once, and is undone in one step', async (t) => {
  const staff = await Phone.of(town, 'staff-spanga-tensta');
  t.after(() => staff.throwAway());
  await staff.page.locator('a[href^="/plan/"]').first().click();
  const sheet = sheetOf(staff);
  await button(staff, 'More options').click();
  await sheet.getByRole('button', { name: 'Move everything to remote' }).click();
  await sheet.getByLabel('Link to the meeting').click();
  await staff.page.keyboard.type('teams.example/besok');
  await sheet.getByRole('button', { name: 'Move to remote' }).click();
  await staff.page.getByText('Version 2 is published.').waitFor();

  await button(staff, 'More options').click();
  await sheet.getByRole('button', { name: 'Earlier versions' }).click();
  const alike = sheet.getByRole('listitem').filter({ hasText: 'All sessions' }).last();
  await alike.getByText('Remote').waitFor();
  assert.equal(await alike.getByRole('link', { name: 'Open the meeting' }).getAttribute('href'), 'https://teams.example/besok');
  await sheet.getByRole('button', { name: 'Go back to version 1' }).click();
  await sheet.getByRole('button', { name: 'Go back to version 1' }).click();
  await staff.page.getByText('Version 3 is published.').waitFor();
  assert.equal(await staff.page.locator('main').getByText('Remote', { exact: true }).count(), 0);
  assert.deepEqual(staff.errors, []);
});
