// What may be wrong with how a screen or a sheet looks, whoever opens it and however: each function returns what is wrong.

/** Sideways scrolling, and elements whose text is cut off or beyond the edge. Shared by the tests of large text. */
export function cutOff(page) {
  return page.evaluate(() => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push('it scrolls sideways');
    const isClipped = (element) => {
      const { overflowX, textOverflow } = getComputedStyle(element);
      const clips = overflowX === 'hidden' || overflowX === 'clip' || textOverflow === 'ellipsis';
      return clips && element.scrollWidth > element.clientWidth + 1;
    };
    for (const element of document.querySelectorAll('button, a, h1, h2, h3, label, legend, summary, p, li, dt, dd, span, strong')) {
      if (element.closest('.visually-hidden, .skip') || !element.checkVisibility({ visibilityProperty: true })) continue;
      const { right, left, width, height } = element.getBoundingClientRect();
      const text = element.textContent.trim().slice(0, 40);
      if (element.localName === 'button' && !element.closest('h3') && height > 1.5 * width && width < 5 * parseFloat(getComputedStyle(element).fontSize) && text.length > 2) found.push(`one letter a line: ${text}`);
      if (width > 0 && text !== '' && (right > innerWidth + 1 || left < -1)) found.push(`beyond the edge: ${element.localName} ${text}`);
      if (isClipped(element)) found.push(`cut off: ${element.localName} ${text}`);
    }
    return found;
  });
}

/** Whether the page scrolls sideways. */
export async function sideways(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  return wide ? ['it scrolls sideways'] : [];
}

/** Text of double size at 320 pixels: the size is that of the root, which no media query follows. */
export async function largeText(page) {
  const viewport = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
  await page.evaluate(() => window.crawl.rest());
  const found = await cutOff(page);
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
  await page.setViewportSize(viewport);
  await page.evaluate(() => window.crawl.rest());
  return found.map((fault) => `at 200 %: ${fault}`);
}

/** The least side of what is touched, in CSS pixels. */
const TOUCH_PX_MIN = 44;

/** Controls that are smaller than a finger. A link within a sentence is as high as its line. */
export function smallTargets(page) {
  return page.evaluate((least) => {
    const boxes = (element) => {
      const all = [element, ...(element.labels ?? [])];
      const after = getComputedStyle(element, '::after');
      // The control takes its whole card.
      if (after.content !== 'none' && after.position === 'absolute') all.push(element.offsetParent);
      if (element.closest('label')) all.push(element.closest('label'));
      return all.filter(Boolean).map((one) => one.getBoundingClientRect());
    };
    const isInSentence = (element) => element.localName === 'a' && element.closest('p') !== null && element.closest('p').textContent.trim() !== element.textContent.trim();
    const found = [];
    for (const { element, name } of window.crawl.controls()) {
      if (isInSentence(element)) continue;
      const [width, height] = [Math.max(...boxes(element).map((box) => box.width)), Math.max(...boxes(element).map((box) => box.height))];
      if (Math.min(width, height) < least - 0.5) found.push(`${Math.round(width)} × ${Math.round(height)} px: ${name}`);
    }
    return found;
  }, TOUCH_PX_MIN);
}

/** Controls whose name, as Chromium tells it to screen readers, lacks the text that is seen on them. */
export async function namesWithoutText(page) {
  const texts = await page.evaluate(markAndRead);
  const names = await accessibleNames(page);
  // What changes by itself meanwhile, such as the state of saving, is left for another time.
  const after = await page.evaluate(markAndRead);
  await page.evaluate(() => document.querySelectorAll('[data-crawl]').forEach((element) => delete element.dataset.crawl));
  const squash = (text) => text.replaceAll(/[\s.]+/g, '').toLowerCase();
  const found = [];
  for (const [index, text] of texts.entries()) {
    const name = names.get(String(index));
    if (name === undefined || after[index] !== text) continue;
    if (name.trim() === '') found.push(`no name: “${text}”`);
    else if (!squash(name).includes(squash(text))) found.push(`called “${name}”, reads “${text}”`);
  }
  return found;
}

/** Marks each control with its number; returns the text that is seen on it, or on its label. Runs in the page. */
function markAndRead() {
  const visible = (element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const parts = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!parent.closest('.visually-hidden, svg, [aria-hidden="true"]') && window.crawl.isShown(parent)) parts.push(node.data);
    }
    return window.crawl.squash(parts.join(' '));
  };
  return window.crawl.controls().map(({ element }, index) => {
    element.dataset.crawl = String(index);
    if (!element.matches('input, select, textarea')) return visible(element);
    return element.labels?.[0] ? visible(element.labels[0]) : '';
  });
}

/** Names in the accessibility tree by the mark that an element bears. */
async function accessibleNames(page) {
  const browser = await page.context().newCDPSession(page);
  await browser.send('DOM.enable');
  const { nodes } = await browser.send('DOM.getFlattenedDocument', { depth: -1 });
  const marks = new Map();
  for (const { backendNodeId, attributes = [] } of nodes) {
    const at = attributes.indexOf('data-crawl');
    if (at >= 0 && at % 2 === 0) marks.set(backendNodeId, attributes[at + 1]);
  }
  const names = new Map();
  const tree = await browser.send('Accessibility.getFullAXTree');
  for (const { backendDOMNodeId, ignored, name } of tree.nodes) {
    if (!ignored && marks.has(backendDOMNodeId)) names.set(marks.get(backendDOMNodeId), name?.value ?? '');
  }
  await browser.detach();
  return names;
}

/** What is chosen or current must be told apart without colours of the app's own. */
export async function forcedColours(page) {
  await page.emulateMedia({ forcedColors: 'active' });
  const found = await page.evaluate(() => {
    const faults = [];
    const marked = (element) => {
      const { outlineStyle, outlineWidth, textDecorationLine } = getComputedStyle(element);
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || textDecorationLine.includes('underline');
    };
    for (const element of window.crawl.layer().querySelectorAll('[aria-current], [aria-pressed="true"], input[type="radio"]:checked')) {
      const seen = element.localName === 'input' ? element.closest('label') : element;
      if (window.crawl.isShown(seen) && element !== document.activeElement && !marked(seen)) faults.push(`chosen, and looks like the others: ${window.crawl.nameOf(element)}`);
    }
    for (const sheet of document.querySelectorAll('dialog:modal')) {
      if (getComputedStyle(sheet).borderTopWidth === '0px') faults.push('the sheet has no edge');
    }
    return faults;
  });
  await page.emulateMedia({ forcedColors: 'none' });
  return found.map((fault) => `forced colours: ${fault}`);
}

/** Tabs through a screen or a sheet until each control has come. Where the focus is lost or hidden, and what it never reaches. */
export async function tabThrough(page) {
  const names = await page.evaluate(() => window.crawl.expectStops());
  const wrong = new Set();
  const missing = new Set(names.keys());
  // One round also passes the browser's own bars, where the page's focus is on the body.
  for (let step = 0; step < 2 * names.length + 10 && missing.size > 0; step += 1) {
    await page.keyboard.press('Tab');
    const { at, fault } = await page.evaluate(() => window.crawl.stop());
    missing.delete(at);
    if (fault) wrong.add(`Tab: ${fault}`);
  }
  for (const index of missing) wrong.add(`the Tab key never comes to “${names[index]}”`);
  return [...wrong];
}
