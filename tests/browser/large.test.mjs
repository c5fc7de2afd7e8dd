// Text twice as large on the smallest phone, bars, paper, and where the focus goes: nothing is hidden or lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const SMALL = { viewport: { width: 320, height: 640 } };

async function staff(t, options) {
  const phone = await Phone.of(town, 'staff-farsta', options);
  t.after(() => phone.throwAway());
  await phone.plan.waitFor();
  return phone;
}

/** Elements whose text is cut off or beyond the edge. */
function cutOff(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push('it scrolls sideways');
    for (const element of document.querySelectorAll('button, a, h1, h2, h3, label, legend')) {
      if (element.closest('.visually-hidden, .skip')) continue;
      const { right, left, width, height } = element.getBoundingClientRect();
      if (element.tagName === 'BUTTON' && !element.closest('h3') && height > 1.5 * width) found.push(`one letter a line: ${element.textContent}`);
      if (width > 0 && (right > innerWidth + 1 || left < -1)) found.push(`${element.tagName} ${element.textContent}`);
    }
    return found;
  });
}

/** Tabs through the page; where the focus is lost or behind a bar. */
async function tabThrough(page, steps) {
  const wrong = [];
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body || focused.matches('.skip')) return null;
      const { left, top, width, height } = focused.getBoundingClientRect();
      const over = document.elementFromPoint(left + width / 2, Math.min(top + height / 2, top + 20));
      const seen = over === null ? false : focused.contains(over) || over.contains(focused) || over.closest('label')?.control === focused;
      return seen ? null : `${focused.tagName} ${focused.textContent.trim().slice(0, 40)} is behind ${over?.outerHTML.slice(0, 80)}`;
    });
    if (found) wrong.push(found);
  }
  return wrong;
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
  assert.deepEqual(await tabThrough(phone.page, 30), []);
  await phone.page.getByRole('button', { name: /^Edit / }).first().click();
  await phone.page.getByRole('dialog').waitFor();
  assert.deepEqual(await tabThrough(phone.page, 20), []);
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
