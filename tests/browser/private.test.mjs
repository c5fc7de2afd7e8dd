// Private windows: the app works, says what is kept, and nothing is kept that should not be.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Firefox, named } from './lib/firefox.mjs';
import { launch, linkToPlan, tapToOpen } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

test('in a private window of Chromium all works until the window is closed, and that is said', async (t) => {
  const browser = await launch({ town, locale: 'en-SE' });
  t.after(() => browser.close());
  const open = async (window, address) => {
    const page = await window.newPage();
    await page.goto(`https://localhost:${town.port}${address}`);
    return page;
  };
  const window = await browser.newWindow();
  const page = await open(window, `/#enrol=${await town.invitation('staff-farsta')}`);
  await tapToOpen(page);
  await linkToPlan(page).click();
  await page.getByRole('button', { name: /^Edit / }).first().click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Room').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Rum Aspen');
  await sheet.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('main').getByText('Rum Aspen').waitFor();
  await page.getByRole('main').getByText('Saved on the server').waitFor();

  const tab = await open(window, '/device');
  await tab.getByText('In a private window it lasts only until the window is closed.').waitFor();
  await window.close();
  const next = await open(await browser.newWindow(), '/');
  await next.getByRole('heading', { name: 'Welcome' }).waitFor();
});

test('in a private window of Firefox the app works in memory, and says so', async (t) => {
  const testa = await Firefox.of(town, 'staff-farsta', { isPrivate: true });
  t.after(() => testa.throwAway());
  await testa.sees('The browser keeps nothing for the app', '[role="status"]');
  await testa.click(testa.plan);
  await testa.click('button[aria-label^="Edit "]');
  await testa.type(`dialog ${named('textbox', 'Room')}`, 'Rum Boken');
  await testa.click(`dialog ${named('button', 'Done')}`);
  await testa.sees('Rum Boken', 'main li');
  await testa.sees('Saved on the server');
  // Its store is gone, its cookie is not.
  await testa.page.reload();
  await testa.sees('Rum Boken', 'main li');
  await testa.sees('The browser keeps nothing for the app', '[role="status"]');
  assert.deepEqual(testa.errors, []);
});
