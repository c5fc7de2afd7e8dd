// What happens to people in the middle of a visit, and to slots that were a mistake.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { linkToPlan, Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const button = (phone, name) => phone.page.getByRole('button', { name });
const dock = (phone, words) => phone.page.locator('nav a[href="/status"]', { hasText: words });

test('a slot that was a mistake is added and removed again', async (t) => {
  const staff = await Phone.of(town, 'staff-farsta');
  t.after(() => staff.throwAway());
  await staff.plan.click();
  const slots = button(staff, /^Edit .*, \d+\.\d\d–/);
  await slots.first().waitFor();
  const before = await slots.count();

  await button(staff, /^Add a s/).first().click();
  const sheet = staff.page.getByRole('dialog');
  await sheet.waitFor();
  await staff.page.keyboard.type('Misstag');
  await sheet.getByRole('heading', { name: 'Misstag' }).waitFor();
  const remove = sheet.getByRole('button', { name: /^Remove/ });
  const mistake = button(staff, /^Edit Misstag/);
  const isRemoved = async () => {
    await remove.click();
    await remove.click();
    await sheet.waitFor({ state: 'detached' });
    await mistake.waitFor({ state: 'detached' });
  };
  await isRemoved();
  assert.equal(await slots.count(), before);

  // It comes back as it was, for as long as that is offered.
  await button(staff, 'Undo').click();
  await mistake.click();
  await isRemoved();
  assert.equal(await slots.count(), before);
  assert.equal(await staff.page.getByText(/unexpected/i).count(), 0);
  assert.deepEqual(staff.errors, []);
});

test('whoever reads during the visit stays where they are when something changes', async (t) => {
  const student = await Phone.of(town, 'student-farsta');
  t.after(() => student.throwAway());
  await button(student, 'I understand and confirm').click();
  await student.page.getByRole('heading', { level: 2 }).first().waitFor();
  // The second day of the visit, ten in the morning.
  await student.page.clock.setFixedTime(new Date('2021-12-14T10:00:00+01:00'));
  await student.page.reload();
  const third = student.page.getByRole('heading', { level: 2, name: /15 December/ });
  await third.waitFor();
  await student.page.waitForFunction(() => window.scrollY > 0);

  await third.evaluate((heading) => heading.scrollIntoView({ block: 'start' }));
  const top = () => third.evaluate((heading) => Math.round(heading.getBoundingClientRect().top));
  const before = await top();
  await student.page.getByText('Write a note').last().click();
  await student.page.getByRole('textbox', { name: 'My note' }).click();
  await student.page.keyboard.type('Fråga om handledning');
  await student.page.keyboard.press('Tab');
  await dock(student, 'Saved').waitFor();
  await third.evaluate((heading) => heading.scrollIntoView({ block: 'start' }));
  await student.network.cut();
  await dock(student, 'Offline').waitFor();
  await student.network.restore();
  await dock(student, 'Saved').waitFor();
  assert.ok(Math.abs((await top()) - before) < 40, `from ${before} to ${await top()}`);
});

test('what publishing changes is shown first, is said when it is done, and can be gone back from', async (t) => {
  const staff = await Phone.of(town, 'staff-rinkeby-kista');
  t.after(() => staff.throwAway());
  await linkToPlan(staff.page, 'Rinkeby-Kista').click();
  await button(staff, /^Edit .*, \d+\.\d\d–/).first().click();
  const sheet = staff.page.getByRole('dialog');
  await sheet.getByLabel('Room').click();
  await staff.page.keyboard.press('Control+A');
  await staff.page.keyboard.type('Rum Rönnen');
  await sheet.getByRole('button', { name: 'Done' }).click();

  await button(staff, 'Publish').click();
  await sheet.getByRole('heading', { name: 'Publish version 2' }).waitFor();
  await sheet.getByText('Rum Rönnen').waitFor();
  assert.equal(await staff.page.getByText('Version 2, published').count(), 0, 'nothing is published yet');
  await sheet.getByRole('button', { name: 'Publish version 2' }).click();
  await staff.page.getByText('Version 2 is published.').waitFor();

  await button(staff, 'Undo').click();
  await staff.page.getByText(/^Publishing is taken back: .* version 3\./).waitFor();
  await staff.page.getByText('1 change to publish').waitFor();
  await staff.page.getByText('Rum Rönnen').first().waitFor();

  // A visit that was cancelled takes place after all: at once, or later.
  const cancel = async () => {
    await button(staff, 'More options').click();
    await sheet.getByRole('button', { name: 'Cancel the visit' }).click();
    await sheet.getByRole('button', { name: 'Cancel the visit' }).click();
    await button(staff, 'The visit takes place after all').waitFor();
  };
  await cancel();
  await button(staff, 'Undo').click();
  await staff.page.getByText(/^Publishing is taken back: .* version 5\./).waitFor();
  await cancel();
  await button(staff, 'Earlier versions').click();
  await sheet.getByRole('button', { name: 'Go back to version 5' }).click();
  await sheet.getByRole('button', { name: 'Go back to version 5' }).click();
  await staff.page.getByText('Version 7 is published.').waitFor();
  await button(staff, 'Publish').waitFor();
  assert.deepEqual(staff.errors, []);
});
