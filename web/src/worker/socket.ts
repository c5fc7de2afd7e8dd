import type { Connection, ConnectionEvents } from './host.ts';

/** Connects to the server that the app came from; its cookie says who this device is. */
export function connect(events: ConnectionEvents): Connection {
  const address = new URL('/sync', self.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
  };
  socket.onclose = async () => events.closed((await isRefused()) ? 'unauthorised' : 'disconnected');
  return {
    send: (frame) => socket.send(frame as Uint8Array<ArrayBuffer>),
    close: () => socket.close(1000),
  };
}

// A browser does not say why an upgrade failed. The same address asked plainly does.
async function isRefused(): Promise<boolean> {
  try {
    return (await fetch('/sync', { cache: 'no-store' })).status === 401;
  } catch {
    return false;
  }
}
