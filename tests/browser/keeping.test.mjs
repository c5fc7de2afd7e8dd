// What the browser keeps is said, and installing is suggested until it is declined. Firefox tests that it is asked for.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const text = (phone, words) => phone.page.getByText(words);

test('whether the browser keeps what is stored is said as it is', async (t) => {
  const secret = await town.invitation('staff-farsta');
  const phone = await Phone.withLink(town, `/#enrol=${secret}`);
  t.after(() => phone.throwAway());
  await phone.plan.waitFor();
  await phone.open('/device');
  await text(phone, 'The browser may clear what is on this device').waitFor();
  await phone.grantsStorage();
  await phone.page.reload();
  await text(phone, 'The browser has promised not to clear').waitFor();
  assert.deepEqual(phone.errors, []);
});

test('installing is suggested, and not again to who does not want it', async (t) => {
  const phone = await Phone.of(town, 'staff-farsta');
  t.after(() => phone.throwAway());
  const suggestion = text(phone, 'Add the app to the home screen');
  await suggestion.waitFor();
  await phone.page.getByRole('button', { name: 'No, thanks' }).click();
  await suggestion.waitFor({ state: 'detached' });
  const offered = phone.page.waitForEvent('console', (message) => message.text().includes('beforeinstallprompt'));
  await phone.page.reload();
  await phone.plan.waitFor();
  await offered;
  assert.equal(await suggestion.count(), 0);
});
