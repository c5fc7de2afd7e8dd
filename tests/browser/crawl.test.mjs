// Every button, by key and by hand: a crawler goes through the whole app as each of the demo's people, in both languages. What it looks for is
// in lib/crawl; `SAMSYNK_CRAWL=deep` presses all buttons of long lists, too.

import { crawlAs, SMALL, TALL } from './lib/crawl/rounds.mjs';

crawlAs('every button', [
  { who: 'staff-farsta', language: 'sv', by: 'keys', viewport: TALL },
  { who: 'staff-farsta-2', language: 'en', by: 'touch', viewport: SMALL },
  { who: 'student-farsta', language: 'sv', by: 'touch', viewport: SMALL },
  { who: 'student-farsta', language: 'en', by: 'keys', viewport: TALL },
  { who: 'student-rinkeby-kista', language: 'sv', by: 'keys', viewport: TALL },
  { who: 'student-rinkeby-kista', language: 'en', by: 'touch', viewport: SMALL },
]);
