// No screen has anything that axe objects to: in both languages, light and dark, on small and large
// screens; and nothing needs a mouse, a wide screen or small text.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sideways } from './lib/crawl/looks.mjs';
import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

const looks = [
  { locale: 'sv-SE', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { locale: 'en-SE', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  { locale: 'sv-SE', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
];

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

/** What is wrong with the screen: axe's findings, and whether it scrolls sideways. */
async function wrong(phone) {
  return [...(await phone.violations()), ...(await sideways(phone.page))];
}

/** Opens an address, waits until its heading has followed the app's opening one, and looks at it. */
async function look(phone, address) {
  await phone.open(address);
  const heading = phone.page.getByRole('heading', { level: 1 });
  await heading.filter({ hasNotText: /^\s*samsynk\s*$/ }).waitFor();
  assert.deepEqual(await wrong(phone), [], address);
}

for (const options of looks) {
  const { locale, colorScheme, viewport } = options;
  test(`screens in ${locale}, ${colorScheme}, ${viewport.width} pixels wide`, async () => {
    const lead = await Phone.of(town, 'lead', options);
    try {
      const kinds = ['itinerary', 'plan', 'pilot'];
      for (const kind of kinds) await lead.page.locator(`a[href^="/${kind}/"]`).first().waitFor();
      assert.deepEqual(await wrong(lead), [], 'home');
      const links = await lead.page.getByRole('link').evaluateAll((all) => all.map((a) => a.pathname));
      const first = (kind) => links.find((address) => address.startsWith(`/${kind}/`));
      for (const kind of kinds) await look(lead, first(kind));
      for (const address of ['/status', '/device', '/accessibility', '/plan/nothing']) {
        await look(lead, address);
      }
      await lead.open(first('plan'));
      await lead.page.getByRole('button', { name: /, 9\.00–/ }).first().click();
      await lead.page.getByRole('dialog').waitFor();
      assert.deepEqual(await wrong(lead), [], 'a slot open');
    } finally {
      await lead.throwAway();
    }
  });
}

test('what a stranger sees: the welcome, and a link that does not work', async () => {
  const stranger = await Phone.at(town, '/');
  try {
    await stranger.page.getByRole('heading', { name: 'Welcome' }).waitFor();
    assert.deepEqual(await wrong(stranger), []);
    await stranger.open('/#enrol=nonsense');
    await stranger.page.getByRole('heading', { name: 'Connect this device' }).waitFor();
    assert.deepEqual(await wrong(stranger), []);
    await stranger.tapToOpen();
    await stranger.page.getByText('The link is not right.').waitFor();
    assert.deepEqual(await wrong(stranger), []);
  } finally {
    await stranger.throwAway();
  }
});

test('with a keyboard alone: confirm, acknowledge a day, come to the status', async () => {
  const student = await Phone.of(town, 'student-farsta');
  try {
    await student.page.getByRole('button', { name: 'I understand and confirm' }).waitFor();
    const reach = async (name) => {
      for (let steps = 0; steps < 60; steps += 1) {
        await student.page.keyboard.press('Tab');
        const focused = await student.page.evaluate(() => {
          const element = document.activeElement;
          return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
        });
        if (focused.includes(name)) return;
      }
      assert.fail(`the Tab key never comes to ${name}`);
    };
    await reach('I understand and confirm');
    await student.page.keyboard.press('Enter');
    await student.page.getByText('Version 1').waitFor();
    await reach('Wed 15');
    await student.page.keyboard.press('Enter');
    await student.page.getByRole('heading', { name: /Wednesday 15 December/ }).waitFor();
    await reach('Device');
    await student.page.keyboard.press('Enter');
    await student.page.getByRole('heading', { name: 'This device', exact: true }).waitFor();
  } finally {
    await student.throwAway();
  }
});
