// Real input: a finger, a mouse, keys. What it does to a page is told by the page's own changes.

/** What is typed behind what a field holds: letters of Swedish, and nothing that is a time or a day. */
const TYPED = ' åÄ1';

/** What is typed instead of what a field holds, where something else leads nowhere. */
const INSTEAD = { url: 'https://mote.example/1', search: 'farsta' };

const isSwitch = ({ role }) => ['radio', 'checkbox', 'switch'].includes(role);

/** The element that the crawler has aimed at. */
const aimed = async (page) => (await page.evaluateHandle(() => window.crawl.used)).asElement();

/** Presses a control once; returns what is here then, and what is wrong with that and with where the focus is, in a language. */
export async function press(page, control, by, language) {
  await use(page, control, by);
  return follow(page, isSwitch(control), language);
}

/** Chooses the next of a list, with keys; returns the same. */
export async function choose(page, _control, _by, language) {
  const last = await page.evaluate(() => window.crawl.used.selectedIndex === window.crawl.used.options.length - 1);
  await page.keyboard.press(last ? 'ArrowUp' : 'ArrowDown');
  return follow(page, true, language);
}

/** Presses a link that leads out of the app; returns whether it did. In this tab an error page follows: nothing outside of the town is there. */
export async function leave(page, control, by) {
  const asked = page.context().waitForEvent('request', (request) => request.isNavigationRequest());
  const left = control.apart ? null : page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
  await use(page, control, by);
  return Promise.all([asked, left]).then(() => true, () => false);
}

async function use(page, control, by) {
  if (by === 'keys') return page.keyboard.press(isSwitch(control) ? 'Space' : 'Enter');
  const handle = await aimed(page);
  return by === 'touch' ? handle.tap() : handle.click();
}

/** Types into a field and leaves it; returns the same, and what is wrong with what becomes of the text. */
export async function type(page, control, by, language) {
  const handle = await aimed(page);
  if (by === 'touch') await handle.tap();
  else if (by === 'mouse') await handle.click();
  const instead = INSTEAD[control.type];
  await page.keyboard.press(instead ? 'ControlOrMeta+a' : 'ControlOrMeta+End');
  const before = instead ? '' : await handle.inputValue();
  const keys = instead ?? TYPED;
  await page.keyboard.type(keys);
  const typed = await handle.inputValue();
  const found = typed === before + keys ? [] : [`“${before}” and “${keys}” make “${typed}”`];
  await page.keyboard.press('Tab');
  await page.evaluate(() => window.crawl.rest());
  const kept = await handle.evaluate((field) => ({
    value: field.isConnected ? field.value : null,
    why: (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim(),
    invalid: field.getAttribute('aria-invalid') === 'true',
  }));
  if (kept.value !== null && kept.value.trim() !== typed.trim()) found.push(`“${typed}” became “${kept.value}”`);
  if (kept.invalid && kept.why === '') found.push('it is refused, and nothing says why');
  const { faults, ...rest } = await ask(page, (spoken) => window.crawl.judge(spoken), language);
  return { ...rest, faults: [...found, ...faults] };
}

/** Waits for what a press does. */
async function follow(page, ofField, language) {
  const from = page.url();
  const { effects, faults, ...rest } = await ask(page, ([field, spoken]) => window.crawl.follow(field, spoken), [ofField, language]);
  // A page that was loaded anew has forgotten what it was before.
  const none = effects.length === 0 && page.url() === from;
  return { ...rest, faults: none ? ['it has no effect', ...faults] : faults };
}

/** Asks the page something; where a press has just loaded another, asks that. */
export async function ask(page, question, about) {
  for (;;) {
    try {
      return await page.evaluate(question, about);
    } catch (thrown) {
      if (!/context was destroyed/i.test(thrown.message)) throw thrown;
      await page.waitForLoadState();
    }
  }
}
