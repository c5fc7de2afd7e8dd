// Goes through the whole app as one person, with one kind of input: opens every screen, every sheet and every confirmation, types into each
// field and presses each button once. Collects what is wrong instead of stopping at it.
//
// A control is known by the place that it is in, its kind (how the page is built around it), its name, and which of several alike it is. A place
// is a screen with the sheets that are open. Of a long list's equal buttons only some are pressed, unless everything is to be.

import { cutOff, forcedColours, largeText, namesWithoutText, smallTargets, tabThrough } from './looks.mjs';
import { ask, choose, leave, press, type } from './press.mjs';
import { sentence } from './words.mjs';

const DEEP = process.env.SAMSYNK_CRAWL === 'deep';

/** How many equal buttons of a list are pressed; all where `SAMSYNK_CRAWL=deep`. */
const ALIKE_MAX = DEEP ? Infinity : 2;

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
  /** What is on the page, since the last step. */
  #here = null;
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

  /**
   * `addresses` are opened first; links lead to the others. What the browser itself says of requests may be `excused`. Each screen is loaded
   * `anew`, or reached within the app; how screens look may have been `seen` already.
   */
  constructor(phone, { language, by, excused, addresses, anew = false, seen = false }) {
    this.page = phone.page;
    this.origin = phone.network.origin;
    this.language = language;
    this.by = by;
    this.anew = anew || DEEP;
    this.seen = seen;
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

  /** Waits until all that the server has for somebody is on the device. */
  async arriveInside() {
    const saved = sentence(this.language, 'link.saved');
    await this.page.getByRole('navigation').getByText(saved, { exact: true }).first().waitFor();
  }

  /** Opens each screen once. */
  async walkThrough() {
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
      await (this.anew ? this.#load(this.queue[i]) : this.#open(this.queue[i]));
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

  /** Goes to a screen within the app. Only what is before its door is loaded anew, since it holds on to what it is about. */
  async #open(address) {
    const isThere = this.page.url().startsWith(this.origin);
    if (!isThere || this.#here?.inside !== true) return this.#load(address);
    this.#where = address;
    this.#arrived(await ask(this.page, (path) => window.crawl.visit(path), address));
  }

  async #load(address) {
    this.#where = address;
    await this.page.goto(this.origin + address);
    this.#arrived(await ask(this.page, () => window.crawl.arrive()));
  }

  #arrived(here) {
    this.#here = here;
    this.#openers = [];
    this.#last = null;
    // A screen may lead to another at once.
    this.#screens.add(screenOf(here.path));
  }

  #place() {
    this.#openers.length = Math.min(this.#openers.length, this.#here.depth);
    const door = this.#here.inside ? '' : 'door ';
    return [door + screenOf(this.#here.path), ...this.#openers.map(({ name }) => name)].join(' > ');
  }

  #layer() {
    return [screenOf(this.#here.path), ...this.#openers.map(({ kind }) => kind)].join(' > ');
  }

  /** Presses what has not been pressed until nothing is left here, then closes what is on top. */
  async #explore() {
    for (;;) {
      await this.#look();
      const next = this.#first(this.#note());
      if (next) await this.#press(next);
      else if (!(await this.#closeTop())) return;
    }
  }

  /** Of some controls the one to be pressed next. */
  #first(controls) {
    return controls.filter((control) => this.#isDue(control)).toSorted((one, other) => this.#rank(one) - this.#rank(other))[0];
  }

  /** Takes down the controls that are here; returns what is known of them. */
  #note() {
    this.#where = this.#place();
    const layer = this.#layer();
    // A sheet shows what its opener has opened, and more after presses on it.
    const reveals = this.#last?.layer === layer ? this.#last : this.#openers.at(-1);
    const trail = reveals ? [...reveals.trail, reveals] : [];
    return this.#here.controls.map((control) => {
      const key = `${layer}|${control.kind}|${control.name}|${control.nth}`;
      const known = this.#known.get(key) ?? { ...control, layer, place: this.#where, address: this.#here.path, trail, pressed: false };
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
    const own = this.#here.controls.find(({ name }) => SPOKEN[name] === this.language);
    await this.#use({ ...own, trail: [] }, (fault) => this.#fault(fault, `${this.#where}, radio “${own.name}”`));
  }

  /** Uses a control, and tells what is wrong with what that does. False where it is not here. */
  async #use(control, tell) {
    const { page, by } = this;
    if (!(await ask(page, (sought) => window.crawl.aim(sought), control))) {
      this.#here = await ask(page, () => window.crawl.here());
      return false;
    }
    this.#last = control;
    if (control.outside) {
      if (!(await leave(page, control, by))) tell('it has no effect');
      if (!control.apart) await this.#load(this.#here.path);
      return true;
    }
    const [before, loads] = [this.#here, this.#loads];
    const language = SPOKEN[control.name] ?? this.language;
    const act = { text: type, select: choose, press }[control.sort];
    const { faults, here, focus } = await act(page, control, by, language);
    // Who has left the app begins at its door. A page that was loaded anew begins at its top.
    if (here.inside || !before.inside) for (const fault of faults) tell(fault);
    if (here.inside === before.inside && focus && this.#loads === loads) tell(focus);
    await this.#follow(control, before, here);
    return true;
  }

  /** What a press has led to: another screen, a sheet, or a change here. */
  async #follow(control, before, here) {
    this.#here = here;
    if (here.path === before.path) {
      if (here.depth > before.depth) this.#openers.push(control);
      return;
    }
    if (before.inside && !here.inside) return;
    this.#enqueue(here.path);
    await this.#return(before.path);
  }

  async #return(path) {
    await this.page.goBack();
    if (!this.page.url().startsWith(this.origin + path)) return this.#open(path);
    this.#arrived(await ask(this.page, () => window.crawl.arrive()));
  }

  #enqueue(path) {
    const screen = screenOf(path);
    if (this.#screens.has(screen)) return;
    this.#screens.add(screen);
    this.queue.push(path);
  }

  /** Escape closes what is on top and gives the focus back; false where nothing is open. */
  async #closeTop() {
    if (this.#here.depth === 0) return false;
    await this.page.keyboard.press('Escape');
    const { here, fault } = await ask(this.page, (depth) => window.crawl.closed(depth), this.#here.depth);
    this.#here = here;
    if (fault) this.#fault(`Escape: ${fault}`);
    return true;
  }

  /** Looks once at each place. */
  async #look() {
    const place = this.#place();
    const known = this.#openers.length === 0 ? place : this.#layer();
    if (this.#looked.has(known)) return;
    this.#looked.add(known);
    this.#where = place;
    const { page } = this;
    for (const fault of await ask(page, (language) => window.crawl.wrongWords(language), this.language)) this.#fault(fault);
    if (this.seen) return;
    for (const look of [cutOff, smallTargets, namesWithoutText, forcedColours, tabThrough, largeText]) {
      for (const fault of await look(page)) this.#fault(fault);
    }
  }

  /** Goes back to what was seen and has not been pressed, the way that it was found, and on from there. */
  async #reachOthers() {
    const tried = new Set();
    for (;;) {
      const next = this.#first([...this.#known.values()].filter((control) => !tried.has(control)));
      if (!next) return;
      tried.add(next);
      await this.#open(next.address);
      if (await this.#reach(next)) await this.#explore();
    }
  }

  async #reach(control) {
    for (const step of [...control.trail, control]) {
      const here = this.#note().find(({ layer, kind, name, nth }) => layer === control.layer && kind === control.kind && name === control.name && nth === control.nth);
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
