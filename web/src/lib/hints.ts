import type { Hint } from './protocol.ts';

/** How often a page says that it is looked at, in milliseconds; the core believes it for 25 s. */
const FOREGROUND_INTERVAL_MS = 10_000;

/** Tells the core what the browser knows of the network, and whether somebody looks. Returns what stops it. */
export function giveHints(
  give: (hint: Hint) => Promise<unknown>,
  page: Pick<Window, 'addEventListener'>,
  view: Pick<Document, 'addEventListener' | 'visibilityState'>,
): () => void {
  const stop = new AbortController();
  const tell = (hint: Hint) => void give(hint).catch(() => undefined);
  const look = () => {
    if (view.visibilityState === 'visible') tell('foreground');
  };
  const comeToFront = () => {
    if (view.visibilityState !== 'visible') return;
    tell('foreground');
    tell('online');
  };
  const { signal } = stop;
  page.addEventListener('online', () => tell('online'), { signal });
  page.addEventListener('offline', () => tell('offline'), { signal });
  view.addEventListener('visibilitychange', comeToFront, { signal });
  const timer = setInterval(look, FOREGROUND_INTERVAL_MS);
  look();
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}
