// One phone's way to the server: a loopback relay that can be cut or fall silent; nothing in the browser is pretended.
// Cutting it ends connections and refuses new ones; so does resetting it, which also counts who tries. A silent one accepts everything and carries nothing, as a dead
// wireless network does; what was sent arrives when it speaks again.

import { EventEmitter, on, once } from 'node:events';
import net from 'node:net';

export class Network {
  #pairs = new Set();
  #server;
  #serverPort;
  #silent = false;
  #refusing = false;
  #attempts = new EventEmitter();

  static async to(town) {
    const network = new Network();
    network.#serverPort = town.port;
    await network.restore(0);
    return network;
  }

  get origin() {
    return `https://localhost:${this.port}`;
  }

  async restore(port = this.port) {
    this.#server = net.createServer({ pauseOnConnect: true }, (phone) => this.#relay(phone));
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  async cut() {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await closed;
  }

  /** Ends all connections and each new one, until it is mended. */
  reset() {
    this.#refusing = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  mend() {
    this.#refusing = false;
  }

  /** Waits until so many new connections have been refused. */
  async refuses(count) {
    let refused = 0;
    for await (const _ of on(this.#attempts, 'refused')) if (++refused === count) return;
  }

  fallSilent() {
    this.#silent = true;
    for (const pair of this.#pairs) hold(pair);
  }

  speak() {
    this.#silent = false;
    for (const pair of this.#pairs) carry(pair);
  }

  #relay(phone) {
    if (this.#refusing) {
      phone.resetAndDestroy();
      this.#attempts.emit('refused');
      return;
    }
    const pair = [phone, net.connect(this.#serverPort, '127.0.0.1')];
    this.#pairs.add(pair);
    for (const [socket, other] of [pair, [...pair].reverse()]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    if (!this.#silent) carry(pair);
  }
}

function carry([phone, server]) {
  phone.pipe(server);
  server.pipe(phone);
}

function hold([phone, server]) {
  phone.unpipe(server).pause();
  server.unpipe(phone).pause();
}
