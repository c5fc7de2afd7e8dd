// A person's phone: Chromium with a profile of its own, which outlives its tabs.

import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

import { Network } from './network.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser of its own whose windows are private: none has a profile that outlives it. It trusts the town, where there is one. */
export async function launch({ town, ...options } = {}) {
  const args = town ? [...quiet, trusting(town)] : quiet;
  const browser = await chromium.launch({ executablePath, headless: true, args });
  const newWindow = () => browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const context = await newWindow();
  return { newPage: () => context.newPage(), newWindow, close: () => browser.close() };
}

const trusting = (town) => `--ignore-certificate-errors-spki-list=${town.spki}`;

/** Says yes to the invitation that was opened in a page. */
export async function tapToOpen(page) {
  await page.getByRole('button', { name: /^(Open samsynk on this device|Öppna samsynk här)$/ }).click();
}

/** The link to the plan of a district in a page; the itinerary has the same name, and may have arrived before it. */
export function linkToPlan(page, district = 'Farsta') {
  return page.locator('a[href^="/plan/"]', { hasText: district });
}

export class Phone {
  #profile;
  #browser;
  #options;
  #enrolment;

  /** A new phone that opens its owner's link. */
  static async of(town, person, options = {}) {
    const secret = await town.invitation(person);
    const phone = await Phone.withLink(town, `/#enrol=${secret}`, options);
    phone.person = person;
    await phone.#prepared(() => phone.page.getByRole('navigation').waitFor());
    return phone;
  }

  /** A new phone that opens an address, and takes up an invitation in it. */
  static async withLink(town, address, options = {}) {
    const phone = await Phone.at(town, address, options);
    await phone.#prepared(() => phone.tapToOpen());
    return phone;
  }

  /** A new phone that opens an address, where nobody taps, after `prepare` has seen its page. */
  static async at(town, address, { prepare, switches = [], ...options } = {}) {
    const phone = new Phone();
    phone.network = await Network.to(town);
    phone.#profile = await mkdtemp(path.join(tmpdir(), 'samsynk-phone-'));
    phone.#options = {
      executablePath,
      headless: true,
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
      isMobile: false,
      hasTouch: true,
      locale: 'en-SE',
      timezoneId: 'Europe/Stockholm',
      // Half-way through an animation no contrast is what it will be.
      reducedMotion: 'reduce',
      args: [...quiet, ...switches, trusting(town)],
      ...options,
    };
    await phone.#prepared(async () => {
      await phone.turnOn();
      await prepare?.(phone.page);
      await phone.open(address);
    });
    return phone;
  }

  /** Makes a phone ready; nobody else could throw it away when that fails. */
  async #prepared(action) {
    try {
      await action();
    } catch (thrown) {
      await this.throwAway();
      throw thrown;
    }
  }

  async turnOn() {
    this.#browser = await chromium.launchPersistentContext(this.#profile, this.#options);
    this.page = this.#browser.pages()[0] ?? (await this.#browser.newPage());
    this.errors = [];
    this.page.on('pageerror', (error) => this.errors.push(error));
    // What the browser or the app's framework complains of; that there is no network is none of it.
    this.page.on('console', (said) => {
      if (/svelte\.dev\/e\/|Permissions-Policy/.test(said.text())) this.errors.push(new Error(said.text()));
    });
    this.page.on('response', (response) => {
      if (response.url().endsWith('/enrol') && response.ok()) this.#enrolment = response.json().catch(() => null);
    });
  }

  /** Closes all tabs and the browser; its profile stays. */
  async turnOff() {
    await this.#browser.close();
  }

  async open(address = '/') {
    await this.page.goto(this.network.origin + address);
  }

  /** Says yes to the invitation that was opened. */
  async tapToOpen() {
    await tapToOpen(this.page);
  }

  /** Has the browser promise to keep what is stored. */
  async grantsStorage() {
    const browser = await this.#browser.newCDPSession(this.page);
    await browser.send('Browser.grantPermissions', { permissions: ['durableStorage'] });
  }

  /** Forgets what scripts may write, as Safari does after a week; cookies stay. */
  async losesStorage() {
    const browser = await this.#browser.newCDPSession(this.page);
    const origin = this.network.origin;
    await this.page.goto('about:blank');
    const storageTypes = 'file_systems,indexeddb,local_storage,cache_storage,service_workers,storage_buckets';
    await browser.send('Storage.clearDataForOrigin', { origin, storageTypes });
  }

  /** The link to the plan at Farsta, on a screen that lists the itinerary of the same name beside it. */
  get plan() {
    return linkToPlan(this.page);
  }

  /** The id that the server gave this device. */
  async device() {
    return (await this.#enrolment).device;
  }

  /** Another tab of the same browser. */
  async newTab(address) {
    const tab = await this.#browser.newPage();
    await tab.goto(this.network.origin + address);
    return tab;
  }

  /** Overwrites a page of the store's file, as a failing disk would. The browser is off. */
  async damageStore() {
    const files = await readdir(this.#profile, { recursive: true, withFileTypes: true });
    const stores = [];
    for (const file of files.filter((entry) => entry.isFile())) {
      const name = path.join(file.parentPath ?? file.path, file.name);
      const head = (await readFile(name)).subarray(0, 64).toString('latin1');
      if (/^\/?samsynk-1\.db\0/.test(head)) stores.push(name);
    }
    if (stores.length !== 1) throw new Error(`found ${stores.length} store files, not one`);
    // The pool's own header takes 4 KiB, then come pages of 8: the schema, settings, documents.
    const file = await open(stores[0], 'r+');
    await file.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, 20_480);
    await file.close();
  }

  /** Waits until everything needed without a network is on the phone. */
  async readyForOffline() {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) {
        await new Promise((resolve) => {
          navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
          if (navigator.serviceWorker.controller) resolve();
        });
      }
    });
  }

  /** What axe finds wrong with the screen, as `rule: element`. */
  async violations() {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
  }

  async throwAway() {
    await this.#browser?.close();
    await this.network.cut();
    await rm(this.#profile, { recursive: true, force: true });
  }
}
