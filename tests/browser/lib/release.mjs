// A server that has had a newer app put on it: the town's own answers, and once there is news a service worker of another version.

import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';

export class Release {
  #server;
  #isNewer = false;

  /** Stands before a town, with its certificate. */
  static async of(town) {
    const release = new Release();
    const folder = path.join(town.data, 'tls');
    const files = await readdir(folder);
    const read = (kind) => readFile(path.join(folder, files.find((file) => file.includes(kind))));
    const credentials = { cert: await read('cert'), key: await read('key') };
    release.#server = https.createServer(credentials, (request, response) => release.#answer(town, request, response));
    release.#server.listen(0, '127.0.0.1');
    await once(release.#server, 'listening');
    release.port = release.#server.address().port;
    release.spki = town.spki;
    return release;
  }

  /** From now on the app is another. */
  publish() {
    this.#isNewer = true;
  }

  #answer(town, { url, headers }, response) {
    const isNews = this.#isNewer && url === '/sw.js';
    // What the browser has of the older one is no answer.
    const asked = isNews ? {} : headers;
    https.get({ port: town.port, path: url, headers: asked, rejectUnauthorized: false }, (answer) => {
      if (!isNews) {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
        return;
      }
      response.writeHead(200, { 'content-type': answer.headers['content-type'] });
      answer.pipe(response, { end: false });
      answer.on('end', () => response.end('\n// A newer one.'));
    });
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
