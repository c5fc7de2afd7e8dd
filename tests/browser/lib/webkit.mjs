// A person's phone with WebKit: Debian's MiniBrowser on a screen of its own, driven over plain WebDriver. It keeps no files
// for pages, as some private windows; what it has is gone when it is closed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { Network } from './network.mjs';
import { WebDriver } from './webdriver.mjs';

const executablePath = process.env.MINIBROWSER ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** WebDriver's key Control, which is let go of at the end of what is typed. */
const CONTROL = '\uE009';

export class WebKit {
  #screen;
  #browser;

  /** A new phone that opens its owner's link and taps to come in. */
  static async of(town, person) {
    const phone = new WebKit();
    phone.network = await Network.to(town);
    try {
      await phone.#turnOn();
      await phone.open(`/#enrol=${await town.invitation(person)}`);
      await phone.click('button', 'Open samsynk on this device');
      await phone.sees('nav');
      return phone;
    } catch (thrown) {
      await phone.throwAway();
      throw thrown;
    }
  }

  async #turnOn() {
    // It takes a free number and tells it.
    this.#screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '800x1000x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [number] = await once(createInterface({ input: this.#screen.stdout }), 'line');
    this.#browser = await WebDriver.start({
      program: 'WebKitWebDriver',
      // Without a locale its pages are in English.
      env: { ...process.env, DISPLAY: `:${number}`, NO_AT_BRIDGE: '1', LC_ALL: 'C', TZ: 'Europe/Stockholm' },
      capabilities: {
        browserName: 'MiniBrowser',
        acceptInsecureCerts: true,
        'webkitgtk:browserOptions': { binary: executablePath, args: ['--automation'] },
      },
    });
  }

  open(address = '/') {
    return this.#browser.open(this.network.origin + address);
  }

  reload() {
    return this.#browser.reload();
  }

  goBack() {
    return this.#browser.back();
  }

  /** Waits until something is in sight that holds or is called the words. */
  async sees(selector, words) {
    await this.#browser.find(selector, words);
  }

  async click(selector, words) {
    await this.#browser.click(await this.#browser.find(selector, words));
  }

  /** Types with keys what replaces a field's text. */
  async type(selector, words, text) {
    const field = await this.#browser.find(selector, words);
    await this.#browser.type(field, `${CONTROL}a`);
    await this.#browser.type(field, text);
  }

  async throwAway() {
    await this.#browser?.quit();
    this.#screen?.kill();
    await this.network.cut();
  }
}
