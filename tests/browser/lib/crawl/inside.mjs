// What the crawler asks of a page from within: its controls, and what has happened since a press. Runs in the page. Each step of the crawler
// asks once, so that nothing but the app takes time.

import { WORDS } from './words.mjs';

/** Puts `window.crawl` into each page of the context from now on. An app that is `hasty` waits less long for a server that does not answer. */
export async function settleIn(page, hasty = false) {
  await page.context().addInitScript(install, { ...WORDS, hasty });
}

function install(words) {
  if (window.crawl) return;

  const CONTROLS = 'a[href], button, input, select, textarea, summary, [role="button"], [tabindex="0"]';
  /** What changes by itself, also while nobody presses anything. */
  const RESTLESS = 'a[href="/status"], a[href="/status"] + [role="status"], [data-testid="save-state"]';
  /** So many frames without a change while nothing is asked for, and the page is at rest. */
  const FRAMES_AT_REST = 4;
  /** The longest that is waited for a screen, for an effect, and for rest, in milliseconds. */
  const [SCREEN_MS_MAX, EFFECT_MS_MAX, REST_MS_MAX] = [60_000, 10_000, 30_000];
  /** How long a hasty app waits for an answer, in milliseconds. */
  const HASTY_MS = 1_000;

  const squash = (text) => text.replaceAll(/\s+/g, ' ').trim();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  /** The dialog on top, or the page. */
  function layer() {
    return [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  }

  function isShown(element) {
    return element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  }

  function nameOf(element) {
    if (element.matches(RESTLESS)) return 'state';
    const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
    return squash(label === '' ? (element.getAttribute('placeholder') ?? '') : label);
  }

  /** Where a control stands, without what differs from one item of a list to the next. */
  function kindOf(element) {
    const path = [];
    for (let at = element; at && !at.matches('body, dialog'); at = at.parentElement) {
      const scope = [...at.classList].find((name) => name.startsWith('svelte-'))?.slice('svelte-'.length) ?? '';
      path.unshift(`${at.localName}.${scope}`);
    }
    const alike = [...element.parentElement.children].filter((sibling) => sibling.localName === element.localName);
    const screen = element.localName === 'a' ? element.pathname.split('/')[1] : '';
    const label = element.labels?.length ? nameOf(element) : '';
    return [path.join('>'), alike.indexOf(element), screen, label].join('|');
  }

  /** Whether a press cannot change anything, because it is what holds already, or is barred. */
  function isIdle(element) {
    if (element.disabled || element.matches(':disabled, [aria-disabled="true"], [aria-pressed="true"], [aria-current]')) return true;
    return element.type === 'radio' && element.checked;
  }

  function sortOf(element) {
    if (element.localName === 'textarea') return 'text';
    if (element.localName === 'select') return 'select';
    if (element.localName !== 'input') return 'press';
    return ['radio', 'checkbox', 'button', 'submit'].includes(element.type) ? 'press' : 'text';
  }

  function controls() {
    const found = [...layer().querySelectorAll(CONTROLS)].filter((element) => isShown(element) && !element.matches('.skip'));
    const seen = new Map();
    return found.map((element) => {
      const [kind, name] = [kindOf(element), nameOf(element)];
      const nth = seen.get(`${kind}|${name}`) ?? 0;
      seen.set(`${kind}|${name}`, nth + 1);
      return {
        element,
        kind,
        name,
        nth,
        sort: sortOf(element),
        type: element.inputMode || element.type || '',
        role: element.getAttribute('role') ?? (element.localName === 'input' ? element.type : element.localName),
        idle: isIdle(element),
        apart: (element.target ?? '') !== '',
        outside: element.localName === 'a' && (element.origin !== location.origin || element.target !== ''),
      };
    });
  }

  let changes = [];
  let restless = 0;
  let lastChange = 0;
  const elementOf = (node) => (node instanceof Element ? node : node.parentElement);
  const observer = new MutationObserver((records) => {
    for (const { target, type, attributeName } of records) {
      const element = elementOf(target);
      if (attributeName?.startsWith('data-crawl')) continue;
      lastChange = performance.now();
      if (!element || element.closest(RESTLESS) || element.closest('head')) restless += 1;
      else if (changes.length < 20) changes.push(`${type} ${attributeName ?? ''} of ${element.localName}`);
    }
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  // What the page has asked of its worker and of the server, without an answer so far.
  const asked = new Set();
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => data.type === 'reply' && asked.delete(data.id));
    }
    postMessage(request) {
      if (request.type === 'request') asked.add(request.id);
      super.postMessage(request);
    }
  };
  const { fetch } = window;
  window.fetch = (...given) => {
    const answer = fetch(...given);
    asked.add(answer);
    // An answer may be there long before what it says.
    const told = answer.then((response) => response.clone().arrayBuffer());
    const done = () => asked.delete(answer);
    void told.then(done, done);
    return answer;
  };
  if (words.hasty) {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (milliseconds) => timeout(Math.min(milliseconds, HASTY_MS));
  }
  const noted = [];
  window.print = () => noted.push('print');
  document.addEventListener('invalid', () => noted.push('says what is missing'), true);

  function standing() {
    return {
      url: location.href,
      scroll: Math.round(window.scrollY),
      values: [...document.querySelectorAll('input, select, textarea')].map((field) => `${field.value} ${field.checked}`).join('\n'),
    };
  }

  let before = standing();
  let used = null;

  /** Begins to watch for what using a control does. */
  function begin(control) {
    used = control;
    observer.takeRecords();
    changes = [];
    restless = 0;
    noted.length = 0;
    before = standing();
  }

  /** What a press has done so far. */
  function effects(ofField) {
    const now = standing();
    const found = [...changes, ...noted];
    if (now.url !== before.url) found.push('address');
    if (now.scroll !== before.scroll) found.push('scroll');
    // Such as a warning that leads to what it is about.
    const focused = document.activeElement;
    if (used?.isConnected && focused !== used && focused?.matches(CONTROLS)) found.push('focus');
    if (ofField && (restless > 0 || now.values !== before.values)) found.push('value');
    return found;
  }

  /** Waits until something holds, for so long at the most; returns whether it does. */
  async function until(holds, patience) {
    const end = performance.now() + patience;
    while (!holds()) {
      if (performance.now() > end) return false;
      await frame();
    }
    return true;
  }

  /** Whether a screen is shown, not only the name of the app while it opens. */
  const isShowing = () => [...document.querySelectorAll('h1')].some(({ textContent }) => squash(textContent) !== 'samsynk');

  /** Whether the page has said for too long that something goes on: it is not waited for again. */
  let isEndless = false;
  /** Whether the page says that something goes on. */
  const isWaiting = () => !isEndless && [...document.querySelectorAll('[role="status"]')].some((said) => waiting.has(squash(said.textContent)));
  /** Whether another page is on its way. */
  let isLeaving = false;
  window.navigation.addEventListener('navigate', ({ destination }) => (isLeaving ||= !destination.sameDocument));

  /** Waits until a screen is shown and nothing changes on it. */
  async function rest() {
    const end = performance.now() + REST_MS_MAX;
    for (let quiet = 0; quiet < FRAMES_AT_REST && performance.now() < end; ) {
      const from = lastChange;
      await frame();
      quiet = from === lastChange && asked.size === 0 && !isLeaving && isShowing() && !isWaiting() ? quiet + 1 : 0;
    }
    isEndless ||= performance.now() >= end && isWaiting();
  }

  /** Says where the focus is, if it is lost or hidden. */
  function focusFault() {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return 'the focus is on the body';
    if (focused.matches('main, h1, h2, dialog, .skip')) return null;
    const box = (focused.type === 'radio' || focused.type === 'checkbox' ? (focused.closest('label') ?? focused) : focused).getBoundingClientRect();
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
    const y = Math.min(box.top + box.height / 2, box.top + 20);
    const over = document.elementFromPoint(x, y);
    const seen = over !== null && (focused.contains(over) || over.contains(focused) || over.closest('label')?.control === focused);
    if (seen) return null;
    return `the focus on “${nameOf(focused)}” is behind ${over?.outerHTML.slice(0, 80) ?? 'the edge'}`;
  }

  const [written, waiting] = [new Set(words.written), new Set(words.waiting)];
  const foreign = { sv: new Set(words.foreign.sv), en: new Set(words.foreign.en) };

  /** Text that says that something failed or goes on, that is in the other language, or that is Swedish and not marked so. */
  function wrongWords(language) {
    const found = new Set();
    const matched = new RegExp(words.unexpected).exec(document.body.innerText);
    if (matched) found.add(`says “${matched[0]}”`);
    if (document.documentElement.lang !== language) found.add(`the page says that it is in ${document.documentElement.lang}`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = squash(node.data);
      if (![foreign[language], written, waiting].some((texts) => texts.has(text)) || !isShown(node.parentElement)) continue;
      const spoken = node.parentElement.closest('[lang]').lang;
      if (waiting.has(text)) found.add(`still says “${text}”`);
      if (foreign[language].has(text) && spoken === language) found.add(`in the other language: “${text}”`);
      if (written.has(text) && spoken !== 'sv') found.add(`Swedish, and not marked so: “${text}”`);
    }
    return [...found];
  }

  /** Whether somebody is in the app, not before its door. */
  const isInside = () => document.querySelector('a[href="/status"]') !== null;
  const depth = () => document.querySelectorAll('dialog:modal').length;
  const isSideways = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;

  /** What is here: the screen, how many sheets are open on it, and the controls of what is on top. */
  function here() {
    return { path: location.pathname, depth: depth(), inside: isInside(), controls: controls().map(({ element: _, ...rest }) => rest) };
  }

  /** What is here, and what is wrong with it. */
  function judge(language) {
    return { here: here(), focus: focusFault(), faults: [...wrongWords(language), ...(isSideways() ? ['it scrolls sideways'] : [])] };
  }

  /** The controls that the Tab key should come to. */
  let stops = [];

  window.crawl = {
    layer,
    controls,
    isShown,
    nameOf,
    squash,
    rest,
    here,
    wrongWords,
    judge,
    /** Waits until a screen is shown and at rest; returns what is here. */
    async arrive() {
      if (!(await until(isShowing, SCREEN_MS_MAX))) throw new Error('no screen is shown');
      await rest();
      return here();
    },
    /** Goes to an address within the app, as the browser's own buttons do: what is open there is shown anew. */
    async visit(path) {
      for (const to of location.pathname === path ? ['/nowhere', path] : [path]) {
        history.pushState(null, '', to);
        dispatchEvent(new PopStateEvent('popstate'));
        await frame();
      }
      return window.crawl.arrive();
    },
    /** Focuses a control that can be used, else one of its kind, and begins to watch. Returns whether there is one. */
    aim({ kind, name, nth }) {
      const usable = controls().filter((each) => each.kind === kind && !each.idle);
      window.crawl.used = (usable.find((each) => each.name === name && each.nth === nth) ?? usable[0])?.element;
      window.crawl.used?.focus();
      begin(window.crawl.used);
      return window.crawl.used !== undefined;
    },
    /** Waits for an effect, and then until the page is at rest. Returns the effects, what is here then, and what is wrong with that. */
    async follow(ofField, language) {
      await until(() => effects(ofField).length > 0, EFFECT_MS_MAX);
      await rest();
      return { effects: effects(ofField), ...judge(language) };
    },
    /** Waits until a sheet has closed; returns what is here then, and what is wrong with the focus. */
    async closed(was) {
      if (!(await until(() => depth() < was, EFFECT_MS_MAX))) return { here: here(), fault: 'nothing closes' };
      await rest();
      return { here: here(), fault: focusFault() };
    },
    /** Takes down which controls the Tab key should come to; returns their names. */
    expectStops() {
      const found = controls().filter(({ element, role }) => role !== 'radio' && !element.disabled && element.tabIndex >= 0);
      stops = found.map(({ element }) => element);
      return found.map(({ name }) => name);
    },
    /** Which of those the focus is on, and what is wrong with it there. */
    stop: () => (document.activeElement.matches(CONTROLS) ? { at: stops.indexOf(document.activeElement), fault: focusFault() } : { at: -1, fault: null }),
  };
}
