// What the crawler knows of words: those of the app in both languages, and those of the demo's documents, which are Swedish.

import { readFile } from 'node:fs/promises';

const read = async (file) => JSON.parse(await readFile(new URL(`../../../../${file}`, import.meta.url), 'utf8'));
const SENTENCES = { sv: await read('web/src/lang/sv.json'), en: await read('web/src/lang/en.json') };

/** What people are shown when something in the app has failed, or a value is missing. */
const UNEXPECTED = /unexpected|oväntat|\bundefined\b|\bNaN\b|\[object |\{\w+\}|Invalid Date|Något gick fel|Something went wrong|\b(?:app|nav|home|plan|slot|field|state|link|refusal|sync|device|kind|mode)\.[a-z][\w.-]+/;

/** The app's sentence of a key in a language. */
export const sentence = (language, key) => SENTENCES[language][key];

/** Sentences of one language that the other never says, and that hold nothing to fill in. */
function only(language, other) {
  const others = new Set(Object.values(SENTENCES[other]));
  return Object.values(SENTENCES[language]).filter((text) => !text.includes('{') && text.length > 3 && !others.has(text));
}

const FOREIGN = { sv: only('en', 'sv'), en: only('sv', 'en') };

/** Titles, places and descriptions of the demo: whatever somebody in the city has written. */
async function documentTexts() {
  const town = await read('server/demo/town.json');
  const texts = new Set();
  const collect = (value) => {
    if (typeof value === 'string') texts.add(value);
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(collect);
  };
  for (const part of ['units', 'universities', 'places', 'pilots', 'visits']) collect(town[part]);
  return [...texts].filter((text) => /\p{L}+ \p{L}+|[åäöÅÄÖ]/u.test(text) && !/^https?:|^\d/.test(text));
}

/** What says that something goes on: never the last word. */
const WAITING = ['app.loading', 'enrol.text'].flatMap((key) => [sentence('sv', key), sentence('en', key)]);

/** What the part of the crawler that is in the page knows of words. */
export const WORDS = { unexpected: UNEXPECTED.source, foreign: FOREIGN, written: await documentTexts(), waiting: WAITING };
