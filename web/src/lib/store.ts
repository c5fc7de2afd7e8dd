import { Client } from './client.ts';
import type { ToPage } from './protocol.ts';

/** How long the worker's script may take to load and run, in milliseconds; it is on the device from the second visit. */
const WORKER_START_MS_MAX = 15_000;

/** How long after one new start there is another, in milliseconds: what ends the core again at once is to be read about. */
const NEW_START_MS_MIN = 60_000;

/** When the page last started anew, in milliseconds since 1970. */
const NEW_START = 'samsynk-new-start';

const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module', name: 'samsynk' });
let deliver: (message: ToPage) => void = () => undefined;

/** The one client of this page. */
export const client = new Client({
  post: (request) => {
    worker.postMessage(request);
    if (isDead) giveUp();
  },
  listen: (listener) => {
    deliver = listener;
  },
});

// A worker that cannot start says nothing: an old browser, or a script that was not loaded.
let isDead = false;
const giveUp = () => {
  isDead = true;
  client.fail({ code: 'app-not-loaded', params: {} });
};
const patience = setTimeout(giveUp, WORKER_START_MS_MAX);
worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
  clearTimeout(patience);
  isDead = false;
  deliver(data);
  if (data.type === 'ended') startAnew();
};
worker.onerror = (event) => {
  // An error in a worker that runs is one call's.
  if (event.message === undefined || event.message === '') giveUp();
};

// A page that is left may be kept, its worker asleep and the store still in its hands: no other page could open it. So the worker
// ends with the page, and a page that is shown again starts anew.
window.addEventListener('pagehide', ({ persisted }) => {
  if (persisted) worker.terminate();
});
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

/** Loads the page again, with a new worker: what was typed is kept as a draft, and what was made is on disk. */
function startAnew(): void {
  try {
    if (Date.now() - Number(sessionStorage.getItem(NEW_START) ?? 0) < NEW_START_MS_MIN) return;
    sessionStorage.setItem(NEW_START, String(Date.now()));
  } catch {
    return;
  }
  location.reload();
}
