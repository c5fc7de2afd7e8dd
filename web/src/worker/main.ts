import init, { Client, note_out_of_room } from '../wasm/samsynk.js';
import type { Call, Request, ToPage } from '../lib/protocol.ts';
import { Refused, refusalOf } from '../lib/refused.ts';
import { Host } from './host.ts';
import { findStorage, watchRoom } from './keeping.ts';
import { Relay, type Said } from './relay.ts';
import { connect } from './socket.ts';
import { wakeAt } from './timer.ts';

const CHANNEL = 'samsynk';
const STORE_LOCK = 'samsynk-store';

const page = self as unknown as DedicatedWorkerGlobalScope;
const channel = new BroadcastChannel(CHANNEL);
const say = (said: Said) => channel.postMessage(said);
const post = (message: ToPage) => page.postMessage(message);

const relay = new Relay(crypto.randomUUID(), { say }, () => post({ type: 'changed' }));
channel.onmessage = ({ data }: MessageEvent<Said>) => relay.hear(data);

page.onmessage = async ({ data }: MessageEvent<Request>) => {
  const { id, call } = data;
  try {
    post({ type: 'reply', id, ok: true, answer: await relay.call(call) });
  } catch (thrown) {
    post({ type: 'reply', id, ok: false, refusal: refusalOf(thrown) });
  }
};

async function openStore(): Promise<(call: Call) => unknown> {
  try {
    await init();
  } catch {
    // Its file could not be fetched, or the browser does not run it: nothing on this device is wrong.
    throw new Refused({ code: 'app-not-loaded', params: {} });
  }
  watchRoom(note_out_of_room);
  const storage = await findStorage();
  const core = storage === 'disk' ? await Client.open() : Client.open_in_memory();
  const host = new Host(core, {
    now: Date.now,
    connect,
    wakeAt,
    soon: (task) => void setTimeout(task),
    changed: () => relay.announce(),
    ended: () => post({ type: 'ended' }),
  });
  // Not in this turn: the first call may come before the connection is up.
  queueMicrotask(() => host.start());
  return (call) => (call.method === 'storage' ? storage : host.call(call));
}

/** Opens the store; a tab that was just closed may hold its files a moment longer than its lock. */
async function opened(attempts = 5): Promise<(call: Call) => unknown> {
  try {
    return await openStore();
  } catch (thrown) {
    if (attempts === 0) throw thrown;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return opened(attempts - 1);
  }
}

post({ type: 'alive' });

// Only one connection to the store may be open in all tabs: whoever holds the lock has it, until the tab closes.
void navigator.locks.request(STORE_LOCK, async () => {
  relay.openStore();
  try {
    relay.lead(await opened());
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    relay.lead(() => {
      throw new Error(JSON.stringify(refusal));
    });
  }
  await new Promise(() => undefined);
});
