// The crawler as those who sit at desks, and as whoever stands before the door.

import { crawlAs, SMALL, TALL } from './lib/crawl/rounds.mjs';

crawlAs('every button, of offices', [
  { who: 'coordinator', language: 'sv', by: 'touch', viewport: TALL },
  { who: 'coordinator', language: 'en', by: 'keys', viewport: SMALL },
  { who: 'lead', language: 'sv', by: 'touch', viewport: SMALL },
  { who: 'lead', language: 'en', by: 'keys', viewport: TALL },
  { who: null, language: 'sv', by: 'touch', viewport: SMALL },
  { who: null, language: 'en', by: 'keys', viewport: TALL },
]);
