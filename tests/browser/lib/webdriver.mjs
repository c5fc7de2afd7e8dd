// A browser driven over plain WebDriver (https://www.w3.org/TR/webdriver2/): as much of it as the tests need.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';

/** How WebDriver marks an element in what it answers. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Waits in the page until an element in sight answers the selector, and holds or is called the words, and nothing moves. */
const FIND = `
  const [selector, words, done] = arguments;
  const has = (element) => (element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText).includes(words);
  const look = () => {
    const found = [...document.querySelectorAll(selector)].find((element) => element.checkVisibility() && has(element));
    if (!found) return;
    observer.disconnect();
    Promise.allSettled(document.getAnimations().map(({ finished }) => finished)).then(() => done(found));
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  look();`;

export class WebDriver {
  #driver;
  #server;
  #session;

  /** Starts a driver's program, and a browser with it. */
  static async start({ program, env, capabilities }) {
    const browser = new WebDriver();
    const port = await freePort();
    browser.#server = `http://127.0.0.1:${port}`;
    browser.#driver = spawn(program, [`--port=${port}`], { env, stdio: 'ignore' });
    try {
      await answers(port, browser.#driver);
      const { sessionId } = await browser.#request('POST', '/session', { capabilities: { alwaysMatch: capabilities } });
      browser.#session = `/session/${sessionId}`;
      return browser;
    } catch (thrown) {
      await browser.quit();
      throw thrown;
    }
  }

  open(url) {
    return this.#post('/url', { url });
  }

  reload() {
    return this.#post('/refresh', {});
  }

  back() {
    return this.#post('/back', {});
  }

  /** Runs a script in the page; gives what it returns. */
  run(script, ...args) {
    return this.#post('/execute/sync', { script, args });
  }

  /** Waits for an element in sight that holds or is called the words. */
  async find(selector, words = '') {
    try {
      return (await this.#post('/execute/async', { script: FIND, args: [selector, words] }))[ELEMENT];
    } catch (thrown) {
      const seen = await this.run('return document.body.innerText');
      throw new Error(`no ${selector} “${words}” (${thrown.message}), but:\n${seen}`);
    }
  }

  click(element) {
    return this.#post(`/element/${element}/click`, {});
  }

  /** Types with keys into an element. */
  type(element, text) {
    return this.#post(`/element/${element}/value`, { text });
  }

  /** Closes the browser, and ends its driver. */
  async quit() {
    if (this.#session) await this.#request('DELETE', this.#session);
    if (this.#driver.exitCode !== null || this.#driver.signalCode !== null) return;
    const exit = once(this.#driver, 'exit');
    this.#driver.kill();
    await exit;
  }

  #post(path, body) {
    return this.#request('POST', this.#session + path, body);
  }

  async #request(method, path, body) {
    const response = await fetch(this.#server + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a program listens; it does not say when. */
async function answers(port, program) {
  while (program.exitCode === null && program.signalCode === null) {
    const socket = net.connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(() => true, () => false);
    socket.destroy();
    if (isThere) return;
  }
  throw new Error(`the driver ended: ${program.exitCode ?? program.signalCode}`);
}
