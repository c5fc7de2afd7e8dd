// Coming in and staying in: links are doors that programs may look at, people may use again, and answers may get lost behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

let town;

before(async () => {
  town = await Town.start();
});

after(() => town?.stop());

const button = (phone, name) => phone.page.getByRole('button', { name });
const heading = (phone, name) => phone.page.getByRole('heading', { name });
const home = (phone, name = 'Testa Testsson') => heading(phone, `Hello, ${name}!`);

async function phoneAt(t, address) {
  const phone = await Phone.at(town, address);
  t.after(() => phone.throwAway());
  return phone;
}

async function staff(t) {
  const phone = await Phone.of(town, 'staff-farsta');
  t.after(() => phone.throwAway());
  await home(phone).waitFor();
  return phone;
}

/** What is written where others may read it: the address and the history's entry. */
const written = (phone) => phone.page.evaluate(() => location.href + JSON.stringify(history.state));

test('a program that looks at links, scripts included, is not enrolled; the person is, by a tap', async (t) => {
  const secret = await town.invitation('staff-farsta');
  const scanner = await phoneAt(t, `/#enrol=${secret}`);
  await button(scanner, 'Open samsynk on this device').waitFor();
  assert.ok(!(await written(scanner)).includes(secret));
  await scanner.page.reload();
  await button(scanner, 'Open samsynk on this device').waitFor();

  const phone = await phoneAt(t, `/#enrol=${secret}`);
  await phone.tapToOpen();
  await home(phone).waitFor();
});

test('an answer that got lost is given again to the same browser', async (t) => {
  const phone = await phoneAt(t, `/#enrol=${await town.invitation('staff-farsta')}`);
  await button(phone, 'Open samsynk on this device').waitFor();
  await phone.page.evaluate(() => {
    const { fetch } = window;
    window.fetch = async (...request) => {
      const answer = await fetch(...request);
      if (request[0] !== '/enrol') return answer;
      window.fetch = fetch;
      throw new TypeError('the answer was lost');
    };
  });
  await phone.tapToOpen();
  await button(phone, 'Try again').waitFor();
  await phone.page.context().clearCookies();
  await button(phone, 'Try again').click();
  await home(phone).waitFor();
});

test("one's own link opens the app, again and again, and a pasted one works while the app is open", async (t) => {
  const secret = await town.invitation('staff-farsta');
  const phone = await phoneAt(t, '/');
  await heading(phone, 'Welcome').waitFor();
  // Pasted into the address of the open tab, with the bracket that a message had behind it.
  await phone.open(`/#enrol=${secret})`);
  assert.ok(!(await written(phone)).includes(secret));
  await phone.tapToOpen();
  await home(phone).waitFor();

  await phone.open('/status');
  await phone.open(`/#enrol=${secret}`);
  await home(phone).waitFor();
  assert.ok(!(await written(phone)).includes(secret));
  const unused = await town.invitation('staff-farsta');
  const tab = await phone.newTab(`/#enrol=${unused}`);
  await tab.getByRole('heading', { name: 'Hello, Testa Testsson!' }).waitFor();
  assert.match(await town.samsynk('invitation', 'list', await town.accountOf('staff-farsta')), /\S/, 'it was not needed');
});

test("with one's own link on a silent network the last copy is there at once", async (t) => {
  const secret = await town.invitation('staff-farsta');
  const phone = await phoneAt(t, `/#enrol=${secret}`);
  await phone.tapToOpen();
  await home(phone).waitFor();
  await phone.plan.waitFor();
  await phone.readyForOffline();
  phone.network.fallSilent();
  await phone.open(`/#enrol=${secret}`);
  // The server's answer would be given up after 10 s.
  await phone.plan.waitFor({ timeout: 8_000 });
  assert.ok(!(await written(phone)).includes(secret));
});

test('a link that is open in two tabs lets both in, and the focus goes to the heading', async (t) => {
  const secret = await town.invitation('staff-farsta');
  const phone = await phoneAt(t, `/#enrol=${secret}`);
  const tab = await phone.newTab(`/#enrol=${secret}`);
  const open = tab.getByRole('button', { name: 'Open samsynk on this device' });
  await open.waitFor();
  await phone.page.bringToFront();
  await button(phone, 'Open samsynk on this device').focus();
  await phone.page.keyboard.press('Enter');
  await home(phone).waitFor();
  assert.equal(await phone.page.locator('.skip:focus').count(), 0, 'nothing covers the heading');
  assert.ok(await phone.page.evaluate(() => document.activeElement.closest('main') !== null));
  await tab.bringToFront();
  await open.click();
  await tab.getByRole('heading', { name: 'Hello, Testa Testsson!' }).waitFor();
});

test('a link comes through whatever messages put around it, and leaves nothing in the address', async (t) => {
  const secret = await town.invitation('staff-farsta');
  const phone = await phoneAt(t, '/');
  for (const pasted of ['#enrol=_.', '#enrol=_)', '#enrol=_%20', '#enrol=%20_', '%23enrol=_', '%23enrol%3D_.', '#enrol=_%23', '#enrol=_>.']) {
    await phone.page.goto('about:blank');
    await phone.open(`/${pasted.replace('_', secret)}`);
    await button(phone, 'Open samsynk on this device').waitFor();
    assert.equal(await phone.page.evaluate(() => location.href), `${phone.network.origin}/`, pasted);
  }
  await phone.tapToOpen();
  await home(phone).waitFor();
});

test("somebody else's link asks first, and names who uses the device", async (t) => {
  const phone = await staff(t);
  await phone.open(`/#enrol=${await town.invitation('staff-farsta-2')}`);
  await heading(phone, 'The link is for somebody else').waitFor();
  await button(phone, 'Go on as Testa Testsson').click();
  await home(phone).waitFor();

  await phone.open(`/#enrol=${await town.invitation('staff-farsta-2')}`);
  const before = await town.samsynk('device', 'list', await town.accountOf('staff-farsta'));
  await button(phone, 'Erase and change person').click();
  await home(phone, 'Fia Fiktiv').waitFor();
  const now = await town.samsynk('device', 'list', await town.accountOf('staff-farsta'));
  assert.equal(now.split('\n').length, before.split('\n').length - 1, 'the first person left');
});

test('a browser that emptied its storage and kept its cookie comes back by itself', async (t) => {
  const phone = await staff(t);
  await phone.losesStorage();
  await phone.open('/');
  await home(phone).waitFor();
  await phone.plan.waitFor();
});

test('a device is emptied without a network too, and does not come back by its cookie', async (t) => {
  const phone = await staff(t);
  const before = await town.samsynk('device', 'list', await town.accountOf('staff-farsta'));
  await phone.readyForOffline();
  await phone.open('/device');
  await phone.network.cut();
  await button(phone, 'Disconnect and erase').click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByRole('button', { name: 'Disconnect and erase' }).click();
  await sheet.getByRole('button', { name: 'Erase here anyway' }).click();
  await heading(phone, 'Welcome').waitFor();
  await phone.network.restore();
  const left = phone.page.waitForResponse((answer) => answer.url().endsWith('/leave'));
  await phone.page.reload();
  await left;
  await heading(phone, 'Welcome').waitFor();
  const now = await town.samsynk('device', 'list', await town.accountOf('staff-farsta'));
  assert.equal(now.split('\n').length, before.split('\n').length - 1);
});

test('a person names a device, disconnects a lost one and connects another', async (t) => {
  const lost = await staff(t);
  const phone = await staff(t);
  await phone.open('/device');
  const mine = phone.page.getByRole('region', { name: 'My devices' });
  const here = mine.getByRole('listitem').filter({ hasText: 'This device' });
  await here.getByLabel('Name of the device').fill('Min mobil');
  await here.getByLabel('Name of the device').blur();
  const names = mine.getByLabel('Name of the device');
  assert.ok((await names.count()) > 1);
  assert.deepEqual(await phone.violations(), []);
  await mine.getByRole('button', { name: 'Disconnect all others' }).click();
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await heading(lost, 'This device is disconnected').waitFor();
  await names.nth(1).waitFor({ state: 'detached' });
  assert.match(await town.samsynk('device', 'list', await town.accountOf('staff-farsta')), /^\S+\t\S+\tMin mobil\t\S+\t\S+$/);

  await mine.getByRole('button', { name: 'Connect one more device' }).click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByRole('img', { name: 'QR code of the link' }).waitFor();
  const link = await sheet.getByText(/#enrol=/).innerText();
  assert.deepEqual(await phone.violations(), []);
  const next = await phoneAt(t, `/${link.slice(link.indexOf('#'))}`);
  await next.tapToOpen();
  await home(next).waitFor();
});

test('a lead finds a person, withdraws a link and disconnects their devices', async (t) => {
  const lost = await staff(t);
  await town.invitation('staff-farsta');
  const lead = await Phone.of(town, 'lead');
  t.after(() => lead.throwAway());
  await lead.open('/device');
  await lead.page.getByRole('link', { name: 'People' }).click();
  await lead.page.getByLabel('Part of a name').fill('testsson');
  await button(lead, 'Search').click();
  await button(lead, /Testa Testsson/).click();
  const chosen = lead.page.getByRole('heading', { name: 'Testa Testsson' });
  assert.ok(await chosen.evaluate((element) => element === document.activeElement), 'the focus is at who was chosen');
  const theirs = lead.page.getByRole('region', { name: 'Devices' });
  await theirs.getByRole('button', { name: 'Make a link' }).click();
  const link = lead.page.getByRole('dialog');
  await link.getByText('The link is for Testa Testsson.').waitFor();
  await link.getByText(/^It works until|It works until \w+day \d/).waitFor();
  await link.getByRole('button', { name: 'Close' }).click();
  await theirs.getByRole('button', { name: /^Withdraw the link/ }).first().click();
  await theirs.getByRole('button', { name: /^Disconnect (?!all)/ }).first().waitFor();
  assert.deepEqual(await lead.violations(), []);
  for (;;) {
    const first = theirs.getByRole('button', { name: /^Disconnect (?!all)/ }).first();
    if (!(await first.isVisible())) break;
    const left = await theirs.getByLabel('Name of the device').count();
    await first.click();
    await lead.page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await theirs.getByLabel('Name of the device').nth(left - 1).waitFor({ state: 'detached' });
  }
  await heading(lost, 'This device is disconnected').waitFor();
});

test("no host's name is on the device's page, and kinds are counted", async (t) => {
  const student = await Phone.of(town, 'student-farsta');
  t.after(() => student.throwAway());
  await heading(student, 'Duty of secrecy').waitFor();
  await student.open('/device');
  const cards = student.page.getByText('Host card', { exact: true }).locator('..');
  assert.match(await cards.innerText(), /Host card\s*[1-9]\d* · /);
  assert.equal(await student.page.getByText('Testa Testsson').count(), 0);
});

test('a link that is not used yet outlives a reload, also where the browser refuses storage', async (t) => {
  const refuse = () => {
    const refused = {
      get() {
        throw new DOMException('refused', 'SecurityError');
      },
    };
    for (const storage of ['sessionStorage', 'localStorage']) Object.defineProperty(globalThis, storage, refused);
  };
  const phone = await Phone.at(town, `/#enrol=${await town.invitation('staff-farsta')}`, { prepare: (page) => page.addInitScript(refuse) });
  t.after(() => phone.throwAway());
  await button(phone, 'Open samsynk on this device').waitFor();
  await phone.page.reload();
  await phone.tapToOpen();
  await home(phone).waitFor();
  await phone.page.reload();
  await home(phone).waitFor();
  assert.doesNotMatch(await written(phone), /invitation":"/, 'it is kept no longer than it is needed');
});
