import { Client } from './client.ts';
import type { ToPage } from './protocol.ts';

const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module', name: 'samsynk' });

/** The one client of this page. */
export const client = new Client({
  post: (request) => worker.postMessage(request),
  listen: (listener) => {
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => listener(data);
  },
});
