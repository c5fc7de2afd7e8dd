// Every button, by key and by hand: a crawler goes through the whole app as each of the demo's people, in both languages, in the middle of the
// visit, and where the network carries nothing, refuses, or is not there: every button still does something, or says why not. What the crawler
// looks for is in lib/crawl. Of equal buttons in a list it presses two; with `SAMSYNK_CRAWL=deep` all, and it loads each screen anew.

import { crawlAs, INSIDE_THE_VISIT, SMALL, TALL } from './lib/crawl/rounds.mjs';

crawlAs('every button', [
  { who: 'coordinator', language: 'sv', by: 'touch', viewport: TALL },
  { who: 'coordinator', language: 'en', by: 'keys', viewport: SMALL },
  { who: 'lead', language: 'sv', by: 'touch', viewport: SMALL },
  { who: 'lead', language: 'en', by: 'keys', viewport: TALL },
  { who: 'staff-farsta', language: 'sv', by: 'keys', viewport: TALL },
  { who: 'staff-farsta-2', language: 'en', by: 'touch', viewport: SMALL },
  { who: 'student-farsta', language: 'sv', by: 'touch', viewport: SMALL },
  { who: 'student-farsta', language: 'en', by: 'keys', viewport: TALL },
  { who: 'student-rinkeby-kista', language: 'sv', by: 'keys', viewport: TALL },
  { who: 'student-rinkeby-kista', language: 'en', by: 'touch', viewport: SMALL },
  { who: null, language: 'sv', by: 'touch', viewport: SMALL },
  { who: null, language: 'en', by: 'keys', viewport: TALL },
  { who: 'staff-farsta', language: 'en', by: 'touch', viewport: TALL, clock: INSIDE_THE_VISIT },
  { who: 'student-farsta', language: 'sv', by: 'keys', viewport: SMALL, clock: INSIDE_THE_VISIT },
  { who: 'coordinator', language: 'en', by: 'touch', viewport: TALL, network: 'silent' },
  { who: 'student-farsta', language: 'sv', by: 'keys', viewport: SMALL, network: 'silent' },
  { who: 'coordinator', language: 'sv', by: 'keys', viewport: SMALL, network: 'reset' },
  { who: 'student-rinkeby-kista', language: 'en', by: 'touch', viewport: TALL, network: 'reset' },
  { who: 'lead', language: 'sv', by: 'touch', viewport: TALL, network: 'offline' },
  { who: 'staff-farsta', language: 'en', by: 'keys', viewport: SMALL, network: 'offline' },
]);
