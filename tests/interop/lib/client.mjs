// Clients as anyone would make them: a Repo with the published WebSocket adapter.

import { cbor, Repo } from '@automerge/automerge-repo';
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket';

/** How soon a client tries to connect again, in milliseconds; the adapter's default is 5,000. An attempt that takes longer is given up. */
const RETRY_MILLIS = 1_000;

/** The adapter with a tally of the frames that pass. It changes none of them, and hears how attempts end that it gave up. */
class Adapter extends WebSocketClientAdapter {
  /** How many frames of each type were sent and received. */
  sent = {};
  received = {};

  connect(...as) {
    const earlier = this.socket;
    super.connect(...as);
    // Nobody else listens to an attempt once another is made: its error would end the process, and it might stay open.
    this.socket.addEventListener('error', () => undefined);
    earlier?.close();
  }

  send(message) {
    count(this.sent, message.type);
    super.send(message);
  }

  receiveMessage(bytes) {
    // Here and not in a listener: the adapter does not hand errors on.
    count(this.received, cbor.decode(new Uint8Array(bytes)).type);
    super.receiveMessage(bytes);
  }
}

function count(tally, type) {
  tally[type] = (tally[type] ?? 0) + 1;
}

export class Client {
  /**
   * A client of a person, connected to `server` (or a `network` on the way to it). It forgets
   * everything when it leaves, unless it is given a `storage`.
   */
  static async of(server, { token }, { network = server, ...options } = {}) {
    const client = new Client();
    client.adapter = new Adapter(`ws://x:${token}@127.0.0.1:${network.port}/sync`, RETRY_MILLIS);
    client.repo = new Repo({ ...options, network: [client.adapter] });
    await client.connected();
    return client;
  }

  /** Waits until the server has answered the client's join. */
  async connected() {
    if (this.repo.peers.length > 0) return;
    await new Promise((resolve) => this.repo.networkSubsystem.once('peer', resolve));
  }

  /** Waits until the client has noticed that its connection is gone. */
  async disconnected() {
    if (this.repo.peers.length === 0) return;
    await new Promise((resolve) => this.repo.networkSubsystem.once('peer-disconnected', resolve));
  }

  /** The document, which must be there for this client. */
  find(url) {
    return this.repo.find(url);
  }

  /** Waits until the server has said that it has all that the client has of a document. */
  async saved(handle) {
    const storage = this.repo.getStorageIdOfPeer(this.repo.peers[0]);
    const isSaved = () => same(handle.getSyncInfo(storage)?.lastHeads, handle.heads());
    await whenever(handle, ['remote-heads', 'heads-changed'], isSaved);
  }

  /** Disconnects, once there is a connection: a retry that is on its way would outlive this. */
  async leave() {
    await this.connected();
    this.adapter.retryInterval = 0;
    this.adapter.disconnect();
    await this.repo.flush();
  }
}

/** Waits until a document is as expected. */
export function until(handle, holds) {
  return whenever(handle, ['heads-changed'], () => holds(handle.doc()));
}

/** Waits until two clients have the same of a document. */
export async function converged(one, other) {
  const equal = () => same(one.heads(), other.heads());
  await Promise.race([
    whenever(one, ['heads-changed'], equal),
    whenever(other, ['heads-changed'], equal),
  ]);
}

/** Whether two lists of heads are the same, in whatever order. */
function same(some, others) {
  return some !== undefined && [...some].sort().join() === [...others].sort().join();
}

function whenever(handle, events, holds) {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      for (const event of events) handle.off(event, look);
      resolve();
    };
    for (const event of events) handle.on(event, look);
    look();
  });
}
