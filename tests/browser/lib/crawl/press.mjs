// Real input: a finger, a mouse, keys. What it does to a page is told by the page's own changes.

/** How long an effect may take, in milliseconds. */
const EFFECT_MS_MAX = 4_000;

/** What is typed behind what a field holds: letters of Swedish, and nothing that is a time or a day. */
const TYPED = ' åÄ1';

/** What is typed instead of what a field holds, where something else leads nowhere. */
const INSTEAD = { url: 'https://mote.example/1', search: 'farsta' };

/** Presses a control once; returns what that did. */
export async function press(page, handle, control, by) {
  await handle.focus();
  await handle.evaluate((element) => window.crawl.begin(element));
  await use(page, handle, control, by);
  return follow(page, isSwitch(control));
}

const isSwitch = ({ role }) => ['radio', 'checkbox', 'switch'].includes(role);

/** Presses a link that leads out of the app; returns where to. In this tab an error page follows: nothing outside of the town is there. */
export async function leave(page, handle, control, by) {
  const asked = page.context().waitForEvent('request', { timeout: EFFECT_MS_MAX, predicate: (request) => request.isNavigationRequest() });
  const left = control.apart ? null : page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
  await use(page, handle, control, by);
  await left;
  return asked.then((request) => [request.url()], () => []);
}

async function use(page, handle, control, by) {
  if (by === 'keys') {
    await handle.focus();
    await page.keyboard.press(isSwitch(control) ? 'Space' : 'Enter');
  } else if (by === 'touch') {
    await handle.tap();
  } else {
    await handle.click();
  }
}

/** Chooses the next of a list, with keys; returns what that did. */
export async function choose(page, handle) {
  await page.evaluate(() => window.crawl.begin(null));
  await handle.focus();
  const last = await handle.evaluate((list) => list.selectedIndex === list.options.length - 1);
  await page.keyboard.press(last ? 'ArrowUp' : 'ArrowDown');
  return follow(page, true);
}

/** Types into a field and leaves it; returns what is wrong with what becomes of the text. */
export async function type(page, handle, control, by) {
  await page.evaluate(() => window.crawl.begin(null));
  if (by === 'touch') await handle.tap();
  else if (by === 'mouse') await handle.click();
  else await handle.focus();
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
  return found;
}

/** Waits for what a press does. */
async function follow(page, ofField) {
  const from = page.url();
  const effects = await ask(page, ([field, patience]) => window.crawl.follow(field, patience), [ofField, EFFECT_MS_MAX]);
  // A page that was loaded anew has forgotten what it was before.
  return page.url() === from ? effects : [...effects, 'address'];
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
