// Goes through the whole app as one person, with one kind of input: opens every screen, every sheet and every confirmation, types into each
// field and presses each button once. Collects what is wrong instead of stopping at it.
//
// A control is known by the place that it is in, its kind (how the page is built around it), its name, and which of several alike it is. A place
// is a screen with the sheets that are open. Of a long list's equal buttons only some are pressed, unless everything is to be.

import { cutOff, forcedColours, largeText, namesWithoutText, sideways, smallTargets, tabThrough } from './looks.mjs';
import { ask, choose, leave, press, type } from './press.mjs';
import { sentence, wrongWords } from './words.mjs';

/** How many equal buttons of a list are pressed; all where `SAMSYNK_CRAWL=deep`. */
const ALIKE_MAX = process.env.SAMSYNK_CRAWL === 'deep' ? Infinity : 2;

/** What takes much away is pressed late: first what changes a whole plan, then what others have, in the end this device. */
const LATE = [
  ['plan.cancel', 'plan.remote', 'plan.remote.do', 'plan.cancel.do'],
  ['access.revoke', 'access.revoke.others', 'access.revoke.all', 'access.withdraw', 'access.revoke.named', 'access.withdraw.named'],
  ['device.leave', 'device.leave.do', 'device.leave.offline.do', 'enrol.taken.do', 'ended.erase', 'ended.erase.do'],
];

/** What goes away by itself, or by other presses, is pressed before them. */
const EARLY = ['conflict.keep', 'app.undo', 'publish.do'];

/** What closes a sheet, or says no, is pressed when nothing else is left on it but what is pressed late. */
const CLOSERS = ['app.close', 'app.done', 'app.cancel', 'plan.cancel.keep'];

/** Buttons that choose the language which the app speaks from then on. */
const SPOKEN = { Svenska: 'sv', English: 'en' };

/** An address without which document it is. */
const screenOf = (path) => path.replace(/^\/(plan|itinerary|pilot)\/\w{10,}$/, '/$1');

export class Crawler {
  #known = new Map();
  #pressed = new Map();
  #screens = new Set();
  #looked = new Set();
  /** Each fault, and where it was met first. */
  #problems = new Map();
  /** The controls that opened the sheets that are open. */
  #openers = [];
  /** What was pressed last since the screen was opened. */
  #last = null;
  #pass = 0;
  /** How many pages have been loaded. */
  #loads = 0;
  #where = 'start';
  #late;
  #early;
  #closers;
  presses = 0;

  /** `addresses` are opened first; links lead to the others. What the browser itself says of requests may be `excused`. */
  constructor(phone, { language, by, excused, addresses }) {
    this.page = phone.page;
    this.origin = phone.network.origin;
    this.language = language;
    this.by = by;
    this.queue = [...addresses];
    this.#early = EARLY.map((key) => pattern(sentence(language, key)));
    this.#closers = CLOSERS.map((key) => sentence(language, key));
    this.#late = LATE.map((keys) => keys.map((key) => pattern(sentence(language, key))));
    this.page.on('pageerror', (error) => this.#fault(`error: ${error.message}`));
    this.page.on('console', (message) => {
      const said = `${message.text()} ${message.location().url ?? ''}`;
      if (message.type() === 'error' && !excused?.test(said)) this.#fault(`console: ${said}`);
    });
    this.page.on('domcontentloaded', () => (this.#loads += 1));
    this.page.context().on('page', (opened) => void opened.close());
  }

  /** Opens each screen once, so that all is on the device. */
  async walkThrough() {
    await this.page.locator('a[href="/status"]').waitFor();
    for (const address of this.queue) await this.#open(address);
  }

  /** Goes through everything; returns what is wrong. */
  async crawl() {
    try {
      await this.#everything();
    } catch (thrown) {
      this.#fault(`the crawler stops: ${thrown.stack}`);
    }
    return [...this.#problems.values()];
  }

  async #everything() {
    for (let i = 0; i < this.queue.length; i += 1) {
      await this.#open(this.queue[i]);
      await this.#explore();
    }
    for (this.#pass = 0; this.#pass <= LATE.length; this.#pass += 1) await this.#reachOthers();
    for (const { kind, idle, role, name, place } of this.#known.values()) {
      if (!idle && !this.#pressed.has(kind)) this.#fault(`never reached: ${role} “${name}”`, place);
    }
  }

  #fault(what, where = this.#where) {
    if (!this.#problems.has(what)) this.#problems.set(what, `${where}: ${what}`);
  }

  async #open(address) {
    this.#where = address;
    await this.page.goto(this.origin + address);
    this.#openers = [];
    this.#last = null;
    await this.#arrived();
    // A screen may lead to another at once.
    this.#screens.add(screenOf(this.#path()));
  }

  async #arrived() {
    const heading = this.page.locator('h1').filter({ hasNotText: /^\s*samsynk\s*$/ });
    await heading.first().waitFor({ state: 'attached' });
    await ask(this.page, () => window.crawl.rest());
  }

  #path() {
    return new URL(this.page.url()).pathname;
  }

  #depth() {
    return ask(this.page, () => window.crawl.depth());
  }

  #isInside() {
    return ask(this.page, () => window.crawl.isInside());
  }

  async #place() {
    this.#openers.length = Math.min(this.#openers.length, await this.#depth());
    const door = (await this.#isInside()) ? '' : 'door ';
    return [door + screenOf(this.#path()), ...this.#openers.map(({ name }) => name)].join(' > ');
  }

  /** Presses what has not been pressed until nothing is left here, then closes what is on top. */
  async #explore() {
    for (;;) {
      const controls = await this.#note();
      await this.#look();
      const due = controls.filter((control) => this.#isDue(control));
      const next = due.toSorted((one, other) => this.#rank(one) - this.#rank(other))[0];
      if (next) await this.#press(next);
      else if (!(await this.#closeTop())) return;
    }
  }

  /** Takes down the controls that are here; returns what is known of them. */
  async #note() {
    this.#where = await this.#place();
    const layer = [screenOf(this.#path()), ...this.#openers.map(({ kind }) => kind)].join(' > ');
    // A sheet shows what its opener has opened, and more after presses on it.
    const reveals = this.#last?.layer === layer ? this.#last : this.#openers.at(-1);
    const trail = reveals ? [...reveals.trail, reveals] : [];
    const found = await ask(this.page, () => window.crawl.list());
    return found.map((control) => {
      const key = `${layer}|${control.kind}|${control.name}|${control.nth}`;
      const known = this.#known.get(key) ?? { ...control, layer, place: this.#where, address: this.#path(), trail, pressed: false };
      known.idle = control.idle;
      this.#known.set(key, known);
      return known;
    });
  }

  /** How late a control is pressed among those that are due. */
  #rank({ name }) {
    if (this.#early.some((early) => early.test(name))) return 0;
    if (this.#lateness(name) >= 0) return 3;
    return this.#closers.includes(name) ? 2 : 1;
  }

  #lateness(name) {
    return this.#late.findLastIndex((names) => names.some((late) => late.test(name)));
  }

  #isDue({ pressed, idle, name, layer, kind }) {
    if (pressed || idle) return false;
    return this.#lateness(name) < this.#pass && (this.#pressed.get(`${layer}|${kind}`) ?? 0) < ALIKE_MAX;
  }

  async #press(control) {
    control.pressed = true;
    for (const key of [`${control.layer}|${control.kind}`, control.kind]) this.#pressed.set(key, (this.#pressed.get(key) ?? 0) + 1);
    const called = `${control.role} “${control.name}”`;
    if (process.env.SAMSYNK_CRAWL_LOG) console.log(this.language, this.#where, called);
    this.presses += 1;
    await this.#use(control, (fault) => this.#fault(fault, `${this.#where}, ${called}`));
    if (SPOKEN[control.name] && SPOKEN[control.name] !== this.language) await this.#speakAgain();
  }

  /** Chooses the language anew: the app is gone through in one. */
  async #speakAgain() {
    const found = await ask(this.page, () => window.crawl.list());
    const own = found.find(({ name }) => SPOKEN[name] === this.language);
    await this.#use({ ...own, trail: [] }, (fault) => this.#fault(fault, `${this.#where}, radio “${own.name}”`));
  }

  /** Uses a control, and tells what is wrong with what that does. False where it is not here. */
  async #use(control, tell) {
    const { page, by } = this;
    const handle = (await page.evaluateHandle((sought) => window.crawl.find(sought), control)).asElement();
    if (!handle) return false;
    const before = { path: this.#path(), depth: await this.#depth(), inside: await this.#isInside() };
    if (control.sort === 'text') {
      for (const fault of await type(page, handle, control, by)) tell(fault);
    } else {
      const act = control.outside ? leave : control.sort === 'select' ? choose : press;
      if ((await act(page, handle, control, by)).length === 0) tell('it has no effect');
    }
    this.#last = control;
    await this.#follow(control, before, tell);
    return true;
  }

  /** What a press has led to: another screen, a sheet, or a change here. */
  async #follow(control, { path, depth, inside }, tell) {
    const { page } = this;
    if (control.outside) return control.apart ? undefined : this.#open(path);
    const moved = this.#path() !== path;
    if (moved) await this.#arrived();
    else if ((await this.#depth()) > depth) this.#openers.push(control);
    // Who has left the app begins at its door.
    if (inside && !(await this.#isInside())) return;
    await this.#judge(tell, SPOKEN[control.name] ?? this.language);
    if (!moved) return;
    this.#enqueue(this.#path());
    await this.#return(path);
  }

  async #return(path) {
    await this.page.goBack();
    if (this.#path() !== path) await this.page.goto(this.origin + path);
    this.#openers = [];
    this.#last = null;
    await this.#arrived();
  }

  async #judge(tell, language) {
    const { page } = this;
    const loads = this.#loads;
    const focus = await ask(page, () => window.crawl.focusFault());
    // A page that was loaded anew begins at its top.
    const found = [this.#loads === loads ? focus : null, ...(await wrongWords(page, language)), ...(await sideways(page))];
    for (const fault of found) if (fault) tell(fault);
  }

  #enqueue(path) {
    const screen = screenOf(path);
    if (this.#screens.has(screen)) return;
    this.#screens.add(screen);
    this.queue.push(path);
  }

  /** Escape closes what is on top and gives the focus back; false where nothing is open. */
  async #closeTop() {
    const depth = await this.#depth();
    if (depth === 0) return false;
    await this.page.keyboard.press('Escape');
    await this.page.waitForFunction((was) => window.crawl.depth() < was, depth);
    await ask(this.page, () => window.crawl.rest());
    const fault = await ask(this.page, () => window.crawl.focusFault());
    if (fault) this.#fault(`Escape: ${fault}`);
    return true;
  }

  /** Looks once at each place. */
  async #look() {
    const place = this.#openers.length === 0 ? this.#where : [screenOf(this.#path()), ...this.#openers.map(({ kind }) => kind)].join(' > ');
    if (this.#looked.has(place)) return;
    this.#looked.add(place);
    const { page } = this;
    const found = [
      ...(await wrongWords(page, this.language)),
      ...(await cutOff(page)),
      ...(await smallTargets(page)),
      ...(await namesWithoutText(page)),
      ...(await forcedColours(page)),
      ...(await tabThrough(page)),
      ...(await largeText(page)),
    ];
    for (const fault of found) this.#fault(fault);
  }

  /** Goes back to what was seen and has not been pressed, the way that it was found, and on from there. */
  async #reachOthers() {
    const tried = new Set();
    for (;;) {
      const due = [...this.#known.values()].filter((control) => !tried.has(control) && this.#isDue(control));
      const next = due.toSorted((one, other) => this.#rank(one) - this.#rank(other))[0];
      if (!next) return;
      tried.add(next);
      await this.#open(next.address);
      if (await this.#reach(next)) await this.#explore();
    }
  }

  async #reach(control) {
    for (const step of [...control.trail, control]) {
      const here = (await this.#note()).find(({ layer, kind, name, nth }) => layer === control.layer && kind === control.kind && name === control.name && nth === control.nth);
      if (here) {
        if (this.#isDue(here)) await this.#press(here);
        return true;
      }
      if (step !== control && !(await this.#use(step, () => undefined))) return false;
    }
    return false;
  }
}

/** A sentence as a pattern of names: what is filled in may be anything. */
function pattern(text) {
  return new RegExp(`^${text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '.*')}$`);
}
