// The app opens, or says why not: never "Opening …" for ever.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { linkToPlan, Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

const built = new URL('../../web/dist/assets/', import.meta.url);

/** How long people may look at "Opening …", in milliseconds. */
const OPENING_MS_MAX = 16_000;

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const text = (phone, words) => phone.page.getByText(words).first();

async function phoneWith(t, prepare) {
  const phone = await Phone.at(town, '/', { prepare, serviceWorkers: 'block' });
  t.after(() => phone.throwAway());
  return phone;
}

/** Lets the worker's script run only after another. */
function inWorker(script) {
  return (page) =>
    page.route(/assets\/.*\.js$/, async (route) => {
      const file = path.basename(new URL(route.request().url()).pathname);
      const body = await readFile(new URL(file, built), 'utf8');
      const isWorker = body.includes('samsynk-store');
      await route.fulfill({ contentType: 'text/javascript', body: isWorker ? `${script};\n${body}` : body });
    });
}

test('a worker whose script does not come is told of, and nothing is said against what is on the device', async (t) => {
  const phone = await phoneWith(t, (page) => page.route(/assets\/main-.*\.js$/, (route) => route.abort()));
  await text(phone, 'The app could not be loaded completely.').waitFor({ timeout: OPENING_MS_MAX });
  assert.equal(await phone.page.getByRole('button', { name: 'Reload' }).count(), 1);
  assert.equal(await text(phone, 'What is on this device cannot be opened').count(), 0);
});

test('a core that does not come is told of the same way', async (t) => {
  const phone = await phoneWith(t, (page) => page.route(/\.wasm$/, (route) => route.abort()));
  await text(phone, 'The app could not be loaded completely.').waitFor({ timeout: OPENING_MS_MAX });
});

test('a store that does not open is waited for, and told of meanwhile', async (t) => {
  const never = 'navigator.storage.getDirectory = () => new Promise(() => undefined)';
  const phone = await phoneWith(t, inWorker(never));
  await text(phone, 'Opening takes unusually long.').waitFor({ timeout: OPENING_MS_MAX });
});

test('a tab beside one that sleeps with the store says so, and opens when that is closed', async (t) => {
  const phone = await Phone.of(town, 'staff-farsta');
  t.after(() => phone.throwAway());
  await phone.plan.waitFor();
  await phone.readyForOffline();
  const [first, [worker]] = [phone.page, phone.page.workers()];
  // Its thread waits for an answer that does not come, and hears nothing else.
  phone.network.fallSilent();
  const asleep = worker.evaluate(() => {
    const request = new XMLHttpRequest();
    request.open('GET', '/healthz', false);
    request.send();
  });
  const second = await phone.newTab('/');
  await second.getByText('The app is open in another tab that does not answer.').waitFor({ timeout: OPENING_MS_MAX });
  phone.network.speak();
  await asleep;
  await first.close();
  await linkToPlan(second).waitFor();
});

test('a browser that keeps no files works in memory, and says what that means', async (t) => {
  const secret = await town.invitation('staff-farsta');
  const switches = ['--disable-blink-features=FileSystemAccessOriginPrivate'];
  const phone = await Phone.withLink(town, `/#enrol=${secret}`, { switches });
  t.after(() => phone.throwAway());
  await text(phone, 'The browser keeps nothing for the app').waitFor();
  await phone.plan.click();
  await phone.page.getByRole('button', { name: /^Edit .*, \d\.\d\d–/ }).first().click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByLabel('Room').click();
  await phone.page.keyboard.press('ControlOrMeta+a');
  await phone.page.keyboard.type('Rum Rönnen');
  await sheet.getByRole('button', { name: 'Done' }).click();
  await text(phone, 'Saved on the server').waitFor();
  await text(phone, 'Rum Rönnen').waitFor();
  assert.deepEqual(phone.errors, []);
});
