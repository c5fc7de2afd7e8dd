// One phone's way to the server: a loopback relay that can be cut. Cutting it ends connections
// and refuses new ones, as when a phone leaves coverage; nothing in the browser is pretended.

import { once } from 'node:events';
import net from 'node:net';

export class Network {
  #sockets = new Set();
  #server;
  #serverPort;

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
    this.#server = net.createServer((phone) => this.#relay(phone));
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  async cut() {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #relay(phone) {
    const server = net.connect(this.#serverPort, '127.0.0.1');
    for (const [socket, other] of [[phone, server], [server, phone]]) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
