// The first screen of each role: what it begins with, what waits, what has been; and the way back to it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;
let staff;

before(async () => {
  town = await Town.start('--contact', 'hjalp@stad.example');
  staff = await Phone.of(town, 'staff-enskede-arsta-vantor');
});

after(async () => {
  await staff?.throwAway();
  await town?.stop();
});

const headings = async (phone) => (await phone.page.getByRole('heading', { level: 2 }).allInnerTexts()).map((text) => text.trim());
const card = (phone, kind, title) => phone.page.getByRole('listitem').filter({ has: phone.page.locator(`a[href^="/${kind}/"]`, { hasText: title }) });

test('staff see plans first, what is a plan and what is published, and what waits', async () => {
  const { page } = staff;
  const plan = card(staff, 'plan', 'Enskede-Årsta-Vantör på Skype');
  await plan.getByText(/^Plan · /).waitFor();
  await plan.getByText('Version 1 published').waitFor();
  const itinerary = card(staff, 'itinerary', 'Enskede-Årsta-Vantör på Skype');
  await itinerary.getByText(/^Itinerary · /).waitFor();
  await card(staff, 'plan', 'Utkast').getByText('Not published yet').waitFor();
  assert.deepEqual((await headings(staff)).slice(0, 2), ['Plans', 'Itineraries']);
  assert.deepEqual(await staff.violations(), []);

  await page.locator('a[href^="/plan/"]', { hasText: 'på Skype' }).click();
  await page.getByRole('button', { name: /^Edit / }).first().click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Bring').click();
  await page.keyboard.type('Hörlurar');
  await sheet.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Back', exact: true }).click();
  await plan.getByText('1 change to publish').waitFor();
});

test('what has been is marked, and folded away once something is to come', async () => {
  const { page } = staff;
  await card(staff, 'plan', 'på Skype').getByText('Past', { exact: true }).waitFor();
  await page.clock.setFixedTime(new Date('2021-04-20T10:00:00+02:00'));
  await page.reload();
  await card(staff, 'plan', 'på Skype').waitFor();
  assert.equal(await page.getByText('Past', { exact: true }).count(), 0);
  await page.clock.setFixedTime(new Date('2021-05-20T10:00:00+02:00'));
  await page.reload();
  await card(staff, 'plan', 'på Skype').getByText('Past', { exact: true }).waitFor();
});

test('who goes back comes to where they were; who came by an address comes to the first screen', async () => {
  const lead = await Phone.of(town, 'lead');
  const { page } = lead;
  try {
    const rounds = page.locator('a[href^="/pilot/"]');
    await rounds.first().waitFor();
    await page.getByRole('status').filter({ hasText: /on (its|their) way/ }).waitFor({ state: 'detached' });
    assert.deepEqual(await headings(lead), ['Rounds', 'Plans', 'Itineraries']);
    await page.clock.setFixedTime(new Date('2021-06-20T10:00:00+02:00'));
    await page.reload();
    const folded = page.getByRole('group').filter({ hasText: /^Earlier \(\d\)/ }).first();
    await folded.waitFor();
    assert.equal(await folded.getByRole('listitem').first().isVisible(), false);
    assert.deepEqual(await lead.violations(), []);

    const low = page.locator('a[href^="/itinerary/"]:visible').last();
    await low.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const scrolled = await page.evaluate(() => scrollY);
    assert.ok(scrolled > 0);
    await low.click();
    const back = page.getByRole('link', { name: 'Back', exact: true });
    await back.waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0);
    await page.getByRole('link', { name: /sync status/i }).click();
    await page.getByRole('heading', { name: 'Sync status' }).waitFor();
    await back.click();
    await page.waitForURL(/\/itinerary\//);
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await back.click();
    await low.waitFor();
    assert.ok(Math.abs((await page.evaluate(() => scrollY)) - scrolled) < 40, 'the list is where it was left');

    await lead.open('/accessibility');
    await back.click();
    await low.waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    assert.deepEqual(lead.errors, []);
  } finally {
    await lead.throwAway();
  }
});

test('the accessibility statement names whom the operator named, also offline and before one is let in', async () => {
  const stranger = await Phone.at(town, '/accessibility');
  const address = stranger.page.getByRole('link', { name: 'hjalp@stad.example' });
  try {
    await address.waitFor();
    assert.equal(await address.getAttribute('href'), 'mailto:hjalp@stad.example');
    assert.deepEqual(await stranger.violations(), []);
    await stranger.readyForOffline();
    await stranger.network.cut();
    await stranger.page.reload();
    await address.waitFor();
  } finally {
    await stranger.throwAway();
  }
});

test('nothing went wrong', () => assert.deepEqual(staff.errors, []));

test('nothing moves under whoever opens the app for the first time', async () => {
  const stranger = await Phone.at(town, '/');
  try {
    await stranger.page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await stranger.page.getByText('No account, no password.').waitFor();
    const moved = await stranger.page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const shift of list.getEntries()) sum += shift.value;
          }).observe({ type: 'layout-shift', buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
        }),
    );
    assert.ok(moved < 0.05, `cumulative layout shift ${moved}`);
  } finally {
    await stranger.throwAway();
  }
});
