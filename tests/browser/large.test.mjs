// Text twice as large on the smallest phone, bars, paper, and where the focus goes: nothing is hidden or lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { settleIn } from './lib/crawl/inside.mjs';
import { cutOff, tabThrough } from './lib/crawl/looks.mjs';
import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const SMALL = { viewport: { width: 320, height: 640 } };

async function staff(t, options) {
  const phone = await Phone.of(town, 'staff-farsta', { ...options, prepare: settleIn });
  t.after(() => phone.throwAway());
  await phone.plan.waitFor();
  return phone;
}

test('with text twice as large at 320 pixels nothing is cut off', async (t) => {
  const phone = await staff(t, SMALL);
  const plan = await phone.plan.evaluate((link) => link.pathname);
  for (const address of ['/', plan, '/status', '/device', '/accessibility']) {
    await phone.open(address);
    await phone.page.getByRole('heading', { level: 1 }).filter({ hasNotText: /^\s*samsynk\s*$/ }).waitFor();
    await phone.page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    assert.deepEqual(await cutOff(phone.page), [], address);
  }
});

test('what has the focus is never behind a bar', async (t) => {
  const phone = await staff(t, SMALL);
  await phone.plan.click();
  await phone.page.getByRole('button', { name: /^Edit / }).first().waitFor();
  assert.deepEqual(await tabThrough(phone.page), []);
  await phone.page.getByRole('button', { name: /^Edit / }).first().click();
  await phone.page.getByRole('dialog').waitFor();
  assert.deepEqual(await tabThrough(phone.page), []);
});

test('the focus is never lost: after a sheet, a confirmation, and what removes itself', async (t) => {
  const phone = await staff(t);
  await phone.plan.click();
  const edit = phone.page.getByRole('button', { name: /^Edit / }).first();
  const focused = () => phone.page.evaluate(() => document.activeElement?.tagName);
  await edit.click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByRole('button', { name: 'Done' }).press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await edit.and(phone.page.locator(':focus')).waitFor();
  await phone.page.getByRole('button', { name: 'More options' }).click();
  await sheet.getByRole('button', { name: 'Cancel the visit' }).press('Enter');
  await sheet.getByRole('button', { name: 'Keep the visit' }).waitFor();
  await sheet.locator(':focus').waitFor();
  assert.notEqual(await focused(), 'BODY');
});
