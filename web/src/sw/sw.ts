// The service worker: keeps the whole app on the device from the first visit, so that it opens offline.

interface Precache {
  version: string;
  files: string[];
}

// `scripts/finish.mjs` puts the list of files here.
declare const self: ServiceWorkerGlobalScope & { __PRECACHE__: Precache };

const { version, files } = self.__PRECACHE__;
const CACHE = `app-${version}`;

/** Paths that the server answers itself. */
const SERVER_PATHS = ['/sync', '/enrol', '/leave', '/healthz', '/metrics', '/calendar/'];

self.addEventListener('install', (event) => {
  event.waitUntil(keepAll());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOlder().then(() => self.clients.claim()));
});

// The page says when: a newer app never takes over under someone's hands.
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (SERVER_PATHS.some((path) => url.pathname.startsWith(path))) return;
  const isPage = event.request.mode === 'navigate';
  const path = isPage ? '/index.html' : url.pathname;
  if (files.includes(path)) event.respondWith(kept(path, event.request));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Hashed files may come from the browser's own cache; the others are asked for anew.
  const fresh = (path: string) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' });
  await cache.addAll(files.map(fresh));
}

async function dropOlder(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('app-') && name !== CACHE).map((name) => caches.delete(name)));
}

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

export {};
