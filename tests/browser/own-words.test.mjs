// What a person writes for themselves: it is theirs alone, none of it is lost, and what is not saved is told of in one voice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const button = (page, name) => page.getByRole('button', { name, exact: true });
const note = (page, slot) => page.getByRole('article', { name: slot }).getByRole('textbox', { name: 'My note' });
const pill = (page, text) => page.getByRole('navigation').getByText(text, { exact: true }).first();
const [FIRST, SECOND] = ['Välkommen till Farsta', /^Arbetsmiljö, hot och våld/];

async function student(t, person) {
  const phone = await Phone.of(town, person);
  t.after(() => phone.throwAway());
  const confirm = button(phone.page, 'I understand and confirm');
  await phone.page.getByText(/Duty of secrecy|Välkommen till Farsta/).first().waitFor();
  if (await confirm.isVisible()) await confirm.click();
  await phone.page.getByRole('article', { name: FIRST }).waitFor();
  await pill(phone.page, 'Saved').waitFor();
  return phone;
}

/** Writes a note with the keys; one tap opens it. */
async function writes(page, slot, text) {
  const field = note(page, slot);
  if (await field.isVisible()) await field.click();
  else await page.getByRole('article', { name: slot }).getByText('Write a note').click();
  await field.and(page.locator(':focus')).waitFor();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

/** Where the browser keeps any of these words for the app. */
function placesOf(page, words) {
  return page.evaluate(async (words) => {
    const places = [];
    const look = (place, text) => words.some((word) => text.includes(word)) && places.push(place);
    look('local', JSON.stringify({ ...localStorage }));
    look('session', JSON.stringify({ ...sessionStorage }));
    look('history', JSON.stringify(history.state));
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const rows = database.transaction(table).objectStore(table);
        look(`${name}/${table}`, JSON.stringify([await done(rows.getAllKeys()), await done(rows.getAll())]));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      for (const kept of await (await caches.open(name)).matchAll()) look(kept.url, await kept.text());
    }
    const search = async (folder, path) => {
      for await (const [name, entry] of folder) {
        if (entry.kind === 'directory') await search(entry, `${path}/${name}`);
        else look(`${path}/${name}`, await (await entry.getFile()).text());
      }
    };
    await search(await navigator.storage.getDirectory(), 'files');
    return places;
  }, words);
}

test('when a phone changes person, nothing that the first one wrote is shown to the next or kept', async (t) => {
  const phone = await student(t, 'student-farsta');
  const { page } = phone;
  await writes(page, FIRST, 'Hemlig handledare');
  await writes(page, SECOND, 'Nummer 811218-9876');
  await page.keyboard.press('Tab');
  await pill(page, 'Needs your attention').waitFor();
  const words = ['Hemlig handledare', '811218-9876'];
  // The search finds them in the store and among the drafts.
  const isKept = async (kind) => (await placesOf(page, words)).some((place) => place.startsWith(kind));
  for (const kind of ['files/', 'samsynk-drafts/']) while (!(await isKept(kind)));

  await phone.open(`/#enrol=${await town.invitation('student-farsta-2')}`);
  await button(page, 'Erase and change person').click();
  await button(page, 'I understand and confirm').click();
  for (const again of [false, true]) {
    if (again) await page.reload();
    await page.getByRole('article', { name: FIRST }).getByText('Write a note').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'My note' }).count(), 0);
    assert.deepEqual(await placesOf(page, words), []);
  }
  await pill(page, 'Saved').waitFor();
});

test('what is erased on a phone whose access ended is erased with what was half typed', async (t) => {
  const phone = await student(t, 'student-farsta-3');
  const { page } = phone;
  await writes(page, SECOND, 'Nummer 811218-9876');
  await page.keyboard.press('Tab');
  await pill(page, 'Needs your attention').waitFor();
  await town.samsynk('device', 'revoke', await phone.device());
  const heading = page.getByRole('heading', { name: 'This device is disconnected' });
  await heading.waitFor();
  assert.ok(await heading.evaluate((element) => element === document.activeElement), 'no button has the focus');
  await page.getByText('My note: Nummer 811218-9876').waitFor();
  assert.equal(await page.getByRole('alert').count(), 1, 'one thing is told');
  await button(page, 'Erase what is left here').click();
  await button(page, 'Erase').click();
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  assert.deepEqual(await placesOf(page, ['811218-9876']), []);
});

test('a note that was written on two phones without a network shows both texts, and either settles it', async (t) => {
  const [one, two] = [await student(t, 'student-farsta-4'), await student(t, 'student-farsta-4')];
  for (const phone of [one, two]) await phone.network.cut();
  await writes(one.page, FIRST, 'Ta tåget 8.10');
  await writes(two.page, FIRST, 'Fråga om nycklar');
  for (const phone of [one, two]) {
    await phone.page.keyboard.press('Tab');
    await phone.page.getByRole('navigation').getByText('1 unsent change').first().waitFor();
    await phone.network.restore();
  }
  const apart = ({ page }) => page.getByRole('region', { name: 'You have written different things in two places' });
  for (const phone of [one, two]) {
    for (const text of ['Ta tåget 8.10', 'Fråga om nycklar']) await apart(phone).getByText(text, { exact: true }).waitFor();
  }
  assert.deepEqual(await one.violations(), []);

  // What is typed meanwhile takes nothing away.
  await writes(two.page, FIRST, 'Något tredje');
  await apart(two).getByText('Något tredje', { exact: true }).waitFor();
  await apart(one).getByText('Ta tåget 8.10', { exact: true }).waitFor();

  await button(apart(one), 'Keep everything').click();
  const whole = /Ta tåget 8\.10[^]*Fråga om nycklar|Fråga om nycklar[^]*Ta tåget 8\.10/;
  await apart(one).waitFor({ state: 'detached' });
  assert.match(await note(one.page, FIRST).inputValue(), whole);
  await apart(two).getByText(whole).first().waitFor();
  await apart(two).getByRole('button', { name: 'Keep this text: Något tredje' }).click();
  await apart(two).waitFor({ state: 'detached' });
  await one.page.waitForFunction(() => document.querySelector('article textarea')?.value === 'Något tredje');
  for (const phone of [one, two]) assert.deepEqual(phone.errors, []);
});

test('a note that was written in two tabs is not overwritten by the later one', async (t) => {
  const phone = await student(t, 'student-farsta-5');
  const { page } = phone;
  await writes(page, FIRST, 'Utkast');
  await pill(page, 'Saved').waitFor();
  const tab = await phone.newTab(new URL(page.url()).pathname);
  await note(tab, FIRST).click();
  await tab.keyboard.press('End');

  await page.bringToFront();
  await page.keyboard.type(' och mer');
  await pill(page, 'Saved').waitFor();
  await tab.bringToFront();
  await tab.keyboard.type(' till');
  const apart = tab.getByRole('region', { name: 'You have written different things in two places' });
  for (const text of ['Utkast och mer', 'Utkast till']) await apart.getByText(text, { exact: true }).waitFor();
  assert.equal(await note(page, FIRST).inputValue(), 'Utkast och mer');
  await apart.getByRole('button', { name: 'Keep this text: Utkast till' }).click();
  await apart.waitFor({ state: 'detached' });
  await page.bringToFront();
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => document.querySelector('article textarea').value === 'Utkast till');
});

test('what is refused is told of everywhere until it is mended, with the way there', async (t) => {
  const phone = await student(t, 'student-farsta-6');
  const { page } = phone;
  await page.goto(`${phone.network.origin}/status`);
  await page.getByText('Nothing has failed.').waitFor();
  await page.goBack();
  await writes(page, SECOND, 'Nummer 811218-9876');
  await page.keyboard.press('Tab');
  await pill(page, 'Needs your attention').click();

  const drafts = page.getByRole('region', { name: 'Not saved yet' });
  await drafts.getByText('My note: Nummer 811218-9876').waitFor();
  for (const text of ['Everything is saved', 'Nothing has failed.', 'Everything you have done is saved on the server.']) {
    assert.equal(await page.getByText(text, { exact: true }).count(), 0, text);
  }
  assert.deepEqual(await phone.violations(), []);
  await drafts.getByRole('link').click();
  await note(page, SECOND).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Fråga sedan');
  await pill(page, 'Saved').waitFor();
  await pill(page, 'Saved').click();
  await page.getByText('Nothing has failed.').waitFor();
});

test('what was half typed when a plan is no longer shared is listed in full, and one thing is told', async (t) => {
  const phone = await Phone.of(town, 'staff-farsta-3');
  t.after(() => phone.throwAway());
  const { page } = phone;
  await phone.plan.click();
  await page.getByRole('button', { name: /^Edit Välkommen till Farsta/ }).click();
  await page.getByRole('dialog').getByLabel('Room').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('811218-9876');
  await page.keyboard.press('Tab');
  await page.getByRole('dialog').getByText(/personal/).first().waitFor();
  await town.samsynk('account', 'role', 'remove', await town.accountOf('staff-farsta-3'), 'staff@farsta');
  await page.getByRole('heading', { level: 1, name: 'No longer shared with you' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 1);
  await pill(page, 'Needs your attention').click();
  const drafts = page.getByRole('region', { name: 'Not saved yet' });
  await drafts.getByText('Room: 811218-9876').waitFor();
  await drafts.getByRole('button', { name: 'Dismiss: Room: 811218-9876' }).click();
  await pill(page, 'Saved').waitFor();
  await page.getByText('Nothing has failed.').waitFor();
  assert.deepEqual(phone.errors, []);
});
