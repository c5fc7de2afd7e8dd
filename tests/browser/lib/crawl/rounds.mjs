// Rounds of the crawler: who goes through the app, and how. Each has a town and a phone of its own, and fails with all that is wrong.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { Phone } from '../phone.mjs';
import { Crawler } from './crawler.mjs';
import { settleIn } from './inside.mjs';
import { lively } from './scene.mjs';

/** How many go through the app at once: as many as a small machine has cores. */
const AT_ONCE = 2;

const LOCALES = { sv: 'sv-SE', en: 'en-SE' };
const SCREENS = ['/', '/status', '/device', '/accessibility', '/plan/xyz', '/nowhere'];
/** What somebody sees who is not in the app. */
const DOORS = ['/#enrol=nonsense', '/', '/accessibility'];

export const SMALL = { width: 320, height: 640 };
export const TALL = { width: 390, height: 844 };

/** Ten in the morning of the second day. */
export const INSIDE_THE_VISIT = new Date('2021-12-14T10:00:00+01:00');

/** What a browser itself says of a network that is down, and of a link that is refused. */
const [OF_THE_NETWORK, OF_A_LINK] = [/Failed to load resource|WebSocket connection to|net::ERR_/, /status of 401 .*\/enrol$/];

const BREAK = {
  silent: (phone) => phone.network.fallSilent(),
  reset: (phone) => phone.network.reset(),
  offline: async (phone) => {
    await phone.network.cut();
    await phone.page.context().setOffline(true);
  },
};

/**
 * Tests each round: `who` (nobody stands before the door), `language`, `by` keys or touch, `viewport`, and where they differ, `network` and
 * `clock`. `SAMSYNK_CRAWL_ONLY` is a pattern of their names.
 */
export function crawlAs(title, rounds) {
  let town;
  before(async () => (town = await lively()));
  after(() => town?.stop());
  describe(title, { concurrency: AT_ONCE }, () => {
    for (const round of rounds) {
      const { who, language, by, viewport, network = 'fine', clock } = round;
      const name = [who ?? 'nobody', language, by, `${viewport.width} pixels`, `network ${network}`, ...(clock ? ['inside the visit'] : [])].join(', ');
      if (new RegExp(process.env.SAMSYNK_CRAWL_ONLY ?? '').test(name)) it(name, (t) => goRound(t, town, { ...round, network }));
    }
  });
}

async function goRound(t, town, { who, language, by, viewport, network, clock }) {
  const here = await town.twin();
  t.after(() => here.stop());
  const phone = await phoneOf(here, who, {
    locale: LOCALES[language],
    viewport,
    permissions: ['clipboard-read', 'clipboard-write'],
    // Nothing outside of the town is there.
    switches: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'],
    prepare: async (page) => {
      await settleIn(page, network !== 'fine');
      if (clock) await page.clock.setFixedTime(clock);
    },
  });
  t.after(() => phone.throwAway());
  const crawler = new Crawler(phone, {
    language,
    by,
    excused: network !== 'fine' ? OF_THE_NETWORK : who === null ? OF_A_LINK : undefined,
    addresses: who ? SCREENS : DOORS,
    anew: network !== 'fine',
    seen: network !== 'fine',
  });
  if (who) await crawler.arriveInside();
  if (network !== 'fine') {
    await crawler.walkThrough();
    await phone.readyForOffline();
    await BREAK[network](phone);
  }
  const from = performance.now();
  const wrong = await crawler.crawl();
  t.diagnostic(`${crawler.presses} presses in ${Math.round((performance.now() - from) / 1000)} s`);
  assert.deepEqual(wrong, []);
}

function phoneOf(town, who, options) {
  return who ? Phone.of(town, who, options) : Phone.at(town, '/', options);
}
