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

  /** A new phone that opens its owner's link. */
  static async of(town, person, options = {}) {
    const phone = new Phone();
    phone.person = person;
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
    const secret = await town.invitation(person);
    await phone.open(`/#enrol=${secret}`);
    return phone;
  }

  async turnOn() {
    this.#browser = await chromium.launchPersistentContext(this.#profile, this.#options);
    this.page = this.#browser.pages()[0] ?? (await this.#browser.newPage());
    this.errors = [];
    this.page.on('pageerror', (error) => this.errors.push(error));
  }

  /** Closes all tabs and the browser; its profile stays. */
  async turnOff() {
    await this.#browser.close();
  }

  async open(address = '/') {
    await this.page.goto(this.network.origin + address);
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
