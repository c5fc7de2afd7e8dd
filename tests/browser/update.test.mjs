// A newer app waits until it is wanted: its news cover nothing, can be put off, and come again at the next start.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Release } from './lib/release.mjs';
import { Town } from './lib/town.mjs';

let town;
let release;
let phone;

before(async () => {
  town = await Town.start();
  release = await Release.of(town);
  phone = await Phone.at(release, '/');
});

after(async () => {
  await phone?.throwAway();
  await release?.stop();
  await town?.stop();
});

const news = () => phone.page.getByText('A new version of the app is ready.');
const button = (name) => phone.page.getByRole('button', { name });

test('an update is told of above what one reads, can be put off, and is started when it is wanted', async () => {
  await phone.page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await phone.readyForOffline();
  assert.equal(await news().count(), 0);
  release.publish();
  await phone.page.reload();
  await news().waitFor();
  const { bottom } = await news().evaluate((element) => element.getBoundingClientRect());
  const { top } = await phone.page.getByRole('heading', { name: 'Welcome' }).evaluate((element) => element.getBoundingClientRect());
  assert.ok(bottom <= top, `the news end at ${bottom}, the heading begins at ${top}`);

  await button('Later').click();
  await news().waitFor({ state: 'detached' });
  await phone.page.reload();
  await news().waitFor();
  await phone.page.evaluate(() => (globalThis.isOlder = true));
  await button('Update').click();
  await phone.page.waitForFunction(() => !globalThis.isOlder);
  await phone.page.getByRole('heading', { name: 'Welcome' }).waitFor();
  assert.equal(await phone.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting), null);
  assert.equal(await news().count(), 0);
  assert.deepEqual(phone.errors, []);
});
