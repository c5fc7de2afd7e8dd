// What the crawler asks of a page from within: its controls, and what has happened since a press. Runs in the page.

/** Puts `window.crawl` into each page of the context from now on. */
export async function settleIn(page) {
  await page.context().addInitScript(install);
}

function install() {
  if (window.crawl) return;

  const CONTROLS = 'a[href], button, input, select, textarea, summary, [role="button"], [tabindex="0"]';
  /** What changes by itself, also while nobody presses anything. */
  const RESTLESS = 'a[href="/status"], a[href="/status"] + [role="status"], [data-testid="save-state"]';
  /** So many frames without a change while nothing is asked for, and the page is at rest. */
  const FRAMES_AT_REST = 4;
  /** The longest that is waited for rest, and for the answer to one request over the network, in milliseconds. */
  const [REST_MS_MAX, ANSWER_MS_MAX] = [5_000, 1_500];

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
      const base = `${kindOf(element)}|${nameOf(element)}`;
      const nth = seen.get(base) ?? 0;
      seen.set(base, nth + 1);
      return {
        element,
        kind: kindOf(element),
        name: nameOf(element),
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
    const one = {};
    const done = () => asked.delete(one);
    asked.add(one);
    setTimeout(done, ANSWER_MS_MAX);
    return fetch(...given).finally(done);
  };
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

  /** Waits for an effect, for so long at the most, and then until the page is at rest. Returns the effects. */
  async function follow(ofField, patience) {
    const end = performance.now() + patience;
    while (effects(ofField).length === 0 && performance.now() < end) await frame();
    await rest();
    return effects(ofField);
  }

  async function rest() {
    const end = performance.now() + REST_MS_MAX;
    for (let quiet = 0; quiet < FRAMES_AT_REST && performance.now() < end; ) {
      const from = lastChange;
      await frame();
      quiet = from === lastChange && asked.size === 0 ? quiet + 1 : 0;
    }
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

  window.crawl = {
    layer,
    controls,
    isShown,
    nameOf,
    squash,
    begin,
    follow,
    rest,
    focusFault,
    /** A control that can be used; else one of its kind. */
    find({ kind, name, nth }) {
      const usable = controls().filter((each) => each.kind === kind && !each.idle);
      return (usable.find((each) => each.name === name && each.nth === nth) ?? usable[0])?.element ?? null;
    },
    /** Whether somebody is in the app, not before its door. */
    isInside: () => document.querySelector('a[href="/status"]') !== null,
    list: () => controls().map(({ element: _, ...rest }) => rest),
    depth: () => document.querySelectorAll('dialog:modal').length,
    text: () => document.body.innerText,
    focused: () => {
      const found = controls().find(({ element }) => element === document.activeElement);
      return found ? `${found.kind}|${found.nth}` : null;
    },
  };
}
