// A person's phone with Firefox, driven over WebDriver BiDi: a profile of its own, and a way of its own to the server.

import puppeteer from 'puppeteer-core';

import { Network } from './network.mjs';

const executablePath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

/** How Firefox tells that a connection failed, which the app handles. */
const NO_CONNECTION = /can.t establish a connection to the server at wss:\S+\/sync/;

const preferences = {
  // Whatever the machine's.
  'intl.accept_languages': 'en-SE, en',
  // Half-way through an animation nothing can be clicked.
  'ui.prefersReducedMotion': 1,
  // Whoever is asked to keep what is stored says yes, without a window that asks.
  'dom.storageManager.prompt.testing': true,
  'dom.storageManager.prompt.testing.allow': true,
};

/** Selects what has a role and is called so, for assistive technology as for people. */
export function named(role, name) {
  return `::-p-aria([role="${role}"][name="${name}"])`;
}

export class Firefox {
  #browser;
  #failed = [];
  #wasOffline = false;

  /** A new phone that opens its owner's link and taps to come in; in a private window, where that is said. */
  static async of(town, person, { isPrivate = false } = {}) {
    const phone = new Firefox();
    phone.network = await Network.to(town);
    try {
      await phone.#turnOn(isPrivate);
      await phone.open(`/#enrol=${await town.invitation(person)}`);
      await phone.click(named('button', 'Open samsynk on this device'));
      await phone.page.locator('nav').wait();
      return phone;
    } catch (thrown) {
      await phone.throwAway();
      throw thrown;
    }
  }

  async #turnOn(isPrivate) {
    this.#browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      acceptInsecureCerts: true,
      defaultViewport: { width: 500, height: 844 },
      extraPrefsFirefox: { ...preferences, 'browser.privatebrowsing.autostart': isPrivate },
      env: { ...process.env, TZ: 'Europe/Stockholm' },
    });
    this.page = await this.#browser.newPage();
    this.page.on('pageerror', (error) => this.#failed.push(`${error}`));
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.#failed.push(message.text());
    });
  }

  async open(address = '/') {
    await this.page.goto(this.network.origin + address);
  }

  /** The link to the plan at Farsta; the itinerary has the same name. */
  get plan() {
    return 'a[href^="/plan/"] ::-p-text(Farsta)';
  }

  async click(selector) {
    // Says what it waits for, as a locator does not.
    await this.page.waitForSelector(selector, { visible: true });
    await this.page.locator(selector).click();
  }

  /** Waits until a text is in sight, here or within something. */
  async sees(words, within = 'body') {
    await this.page.waitForSelector(`${within} ::-p-text(${words})`, { visible: true });
  }

  /** Waits until nothing that answers the selector is in sight. */
  async seesNo(selector) {
    await this.page.waitForSelector(selector, { hidden: true });
  }

  texts(selector) {
    return this.page.$$eval(selector, (found) => found.map((element) => element.innerText));
  }

  /** Types with keys what replaces a field's text. */
  async type(field, keys) {
    await this.click(field);
    await this.page.keyboard.down('Control');
    await this.page.keyboard.press('a');
    await this.page.keyboard.up('Control');
    await this.page.keyboard.type(keys);
  }

  /** Waits until everything needed without a network is on the phone. */
  async readyForOffline() {
    await this.page.evaluate(async () => {
      const { serviceWorker } = navigator;
      await serviceWorker.ready;
      if (serviceWorker.controller) return;
      await new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    });
  }

  async goOffline() {
    this.#wasOffline = true;
    await this.network.cut();
  }

  async goOnline() {
    await this.network.restore();
  }

  /** Errors of pages and consoles; without a network, connections may fail. */
  get errors() {
    return this.#failed.filter((message) => !(this.#wasOffline && NO_CONNECTION.test(message)));
  }

  async throwAway() {
    await this.#browser?.close();
    await this.network.cut();
  }
}
