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

const WRITTEN = await documentTexts();

/** Text that says that something failed, that is in the other language, or that is Swedish and not marked so. */
export function wrongWords(page, language) {
  return page.evaluate(
    ({ language, unexpected, foreign, written }) => {
      const found = new Set();
      const matched = new RegExp(unexpected).exec(window.crawl.text());
      if (matched) found.add(`says “${matched[0]}”`);
      if (document.documentElement.lang !== language) found.add(`the page says that it is in ${document.documentElement.lang}`);
      const [others, texts] = [new Set(foreign), new Set(written)];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = window.crawl.squash(node.data);
        const spoken = node.parentElement.closest('[lang]').lang;
        if (text === '' || !window.crawl.isShown(node.parentElement)) continue;
        if (others.has(text) && spoken === language) found.add(`in the other language: “${text}”`);
        if (texts.has(text) && spoken !== 'sv') found.add(`Swedish, and not marked so: “${text}”`);
      }
      return [...found];
    },
    { language, unexpected: UNEXPECTED.source, foreign: FOREIGN[language], written: WRITTEN },
  );
}
