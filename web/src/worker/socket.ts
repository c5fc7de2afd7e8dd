import { type Denial, denialOf, denialOfClose } from './denied.ts';
import type { Connection, ConnectionEvents } from './host.ts';

/** How long to wait for the reason why there is no connection, in milliseconds: a silent network gives none. */
const REASON_MS_MAX = 4_000;

/** What the server says of a connection before there is one. */
type Reach = 'ready' | Denial | 'unreachable';

// Chromium holds new WebSockets up for seconds after some have failed. So after a failure the server is first asked
// plainly, as often as it takes, and a WebSocket is tried only once it answers.
let lastFailed = false;

/** Connects to the server that the app came from; its cookie says who this device is. */
export function connect(events: ConnectionEvents): Connection {
  const stop = new AbortController();
  let socket: WebSocket | null = null;
  const begin = async () => {
    const found = lastFailed ? await reach(stop.signal) : 'ready';
    if (stop.signal.aborted) return;
    if (found === 'ready') socket = open(events);
    else events.closed(found === 'unreachable' ? 'disconnected' : found);
  };
  void begin();
  return {
    send: (frame) => socket?.send(frame as Uint8Array<ArrayBuffer>),
    close: () => {
      stop.abort();
      socket?.close(1000);
    },
  };
}

function open(events: ConnectionEvents): WebSocket {
  const address = new URL('/sync', self.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  let wasOpen = false;
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    wasOpen = true;
    lastFailed = false;
    events.opened();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
  };
  socket.onclose = async ({ code, reason }) => {
    lastFailed = !wasOpen;
    const found = denialOfClose(code, reason) ?? (wasOpen ? 'unreachable' : await reach(AbortSignal.timeout(REASON_MS_MAX)));
    events.closed(found === 'ready' || found === 'unreachable' ? 'disconnected' : found);
  };
  return socket;
}

// A browser does not say why an upgrade failed. The same address asked plainly does.
async function reach(signal: AbortSignal): Promise<Reach> {
  try {
    return (await denialOf(await fetch('/sync', { cache: 'no-store', signal }))) ?? 'ready';
  } catch {
    return 'unreachable';
  }
}
