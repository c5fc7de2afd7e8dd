// However the network goes, the app says within 5 s where an edit is, and comes back by itself or when asked.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

/** How long people may believe that something is on its way, in milliseconds. */
const TRUTH_MS_MAX = 5_000;

/** How long they wait for a connection that is possible again, in milliseconds. */
const RETURN_MS_MAX = 4_000;

let town;
let phone;

before(async () => {
  town = await Town.start();
  phone = await Phone.of(town, 'staff-farsta');
  await phone.plan.click();
  await dock('Saved').waitFor();
  await phone.readyForOffline();
});

after(async () => {
  await phone?.throwAway();
  await town?.stop();
});

const dock = (words) => phone.page.getByRole('navigation').getByText(words).first();

async function setRoom(room) {
  await phone.page.getByRole('button', { name: /^Edit .*, \d\.\d\d–/ }).first().click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByLabel('Room').fill(room);
  await sheet.getByRole('button', { name: 'Done' }).click();
}

/** Measures how long something takes to be shown, and checks that it takes no longer than it may. */
async function within(milliseconds, what, shown) {
  const from = performance.now();
  await shown.waitFor({ timeout: milliseconds });
  console.log(`${what}: ${Math.round(performance.now() - from)} ms`);
}

const back = () => within(RETURN_MS_MAX, 'back and saved', dock('Saved'));

test('a reset connection is told at once, and made again as soon as there is a network', async () => {
  phone.network.reset();
  await setRoom('Rum Alen');
  await within(TRUTH_MS_MAX, 'told of a reset', dock('Offline'));
  await phone.page.getByText('On this device').first().waitFor();
  // As long as a lift takes.
  await phone.network.refuses(8);
  phone.network.mend();
  await back();
  await phone.page.getByText('Saved on the server').first().waitFor();
});

test('on a silent network an edit is never called sent, and the app says so soon', async () => {
  phone.network.fallSilent();
  await phone.page.evaluate(() => {
    globalThis.claims = [];
    const look = () => {
      if (document.querySelector('main').innerText.includes('Sent')) globalThis.claims.push('Sent');
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await setRoom('Rum Asken');
  await within(TRUTH_MS_MAX, 'told of silence', dock('Offline'));
  await phone.page.getByText('On this device').first().waitFor();
  assert.deepEqual(await phone.page.evaluate(() => globalThis.claims), []);
  phone.network.speak();
  await back();
});

test('a network that falls silent while nothing is edited is noticed', async () => {
  phone.network.fallSilent();
  await within(30_000, 'told of silence without an edit', dock('Offline'));
  phone.network.speak();
  await back();
});

test('the switch of the browser is heard', async () => {
  await phone.page.context().setOffline(true);
  await within(TRUTH_MS_MAX, 'told of the switch', dock('Offline'));
  await setRoom('Rum Boken');
  await phone.page.getByText('On this device').first().waitFor();
  await phone.page.context().setOffline(false);
  await back();
});

test('who presses Try now does not wait', async () => {
  // Nobody seems to look, so the waits grow.
  await phone.page.addInitScript(() => Object.defineProperty(document, 'visibilityState', { value: 'hidden' }));
  await phone.open('/status');
  await dock('Saved').waitFor();
  phone.network.reset();
  const button = phone.page.getByRole('button', { name: 'Try now' });
  await button.waitFor();
  // After this attempt the next is 4 s away or more.
  await phone.network.refuses(6);
  phone.network.mend();
  await button.click();
  await within(2_000, 'back after a press', dock('Saved'));
});
