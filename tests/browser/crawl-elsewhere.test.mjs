// The crawler in the middle of the visit, and where the network carries nothing: every button still does something, or says why not.

import { crawlAs, INSIDE_THE_VISIT, SMALL, TALL } from './lib/crawl/rounds.mjs';

crawlAs('every button, elsewhere', [
  { who: 'staff-farsta', language: 'en', by: 'touch', viewport: TALL, clock: INSIDE_THE_VISIT },
  { who: 'student-farsta', language: 'sv', by: 'keys', viewport: SMALL, clock: INSIDE_THE_VISIT },
  { who: 'staff-farsta', language: 'sv', by: 'touch', viewport: TALL, network: 'silent' },
]);
