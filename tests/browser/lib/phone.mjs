// A person's phone: Chromium with a profile of its own, which outlives its tabs.

import { mkdtemp, rm } from 'node:fs/promises';
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
    return phone;
  }

  /** A new phone that opens an address. */
  static async withLink(town, address, options = {}) {
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
      args: [...quiet, `--ignore-certificate-errors-spki-list=${town.spki}`],
      ...options,
    };
    await phone.turnOn();
    await phone.open(address);
    return phone;
  }

  async turnOn() {
    this.#browser = await chromium.launchPersistentContext(this.#profile, this.#options);
    this.page = this.#browser.pages()[0] ?? (await this.#browser.newPage());
    this.errors = [];
    this.page.on('pageerror', (error) => this.errors.push(error));
    this.page.on('response', (response) => {
      if (response.url().endsWith('/enrol') && response.ok()) this.#enrolment = response.json();
    });
  }

  /** Closes all tabs and the browser; its profile stays. */
  async turnOff() {
    await this.#browser.close();
  }

  async open(address = '/') {
    await this.page.goto(this.network.origin + address);
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

  /** Overwrites a page in the middle of the store's file, as a failing disk would. The app is not open. */
  async damageStore() {
    await this.open('/icon.svg');
    // The app's worker gives its lock back when it has ended.
    const damaged = await this.page.evaluate(() => navigator.locks.request('samsynk-store', async () => {
      const root = await navigator.storage.getDirectory();
      const pool = await root.getDirectoryHandle('.opfs-sahpool');
      const files = [];
      const walk = async (folder) => {
        for await (const entry of folder.values()) {
          if (entry.kind === 'directory') await walk(entry);
          else files.push(entry);
        }
      };
      await walk(pool);
      let count = 0;
      for (const entry of files) {
        const bytes = new Uint8Array(await (await entry.getFile()).arrayBuffer());
        const name = new TextDecoder().decode(bytes.subarray(0, 64)).replace(/\0.*/s, '');
        if (!/samsynk-\d+\.db$/.test(name)) continue;
        // The pool's own header takes 4 KiB, then come pages of 8: the schema, settings, documents.
        const writable = await entry.createWritable({ keepExistingData: true });
        await writable.write({ type: 'write', position: 20_480, data: new Uint8Array(8_192).fill(0xa5) });
        await writable.close();
        count += 1;
      }
      return count;
    }));
    if (damaged !== 1) throw new Error(`found ${damaged} store files, not one`);
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
    await this.#browser.close();
    await this.network.cut();
    await rm(this.#profile, { recursive: true, force: true });
  }
}
