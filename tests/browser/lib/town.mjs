// A running town: the real server with TLS on loopback, holding the demo's data.

import { execFile, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
/** The program under test. */
export const program =
  process.env.SAMSYNK_BIN ?? path.join(repository, 'target', 'debug', 'samsynk');
const run = promisify(execFile);
const demo = path.join(repository, 'server', 'demo', 'town.json');

export class Town {
  #folder;
  #server;

  /** What `serve` is told beside where to listen. */
  #more = [];

  /** Starts a town, whose `serve` is told this too; `stop` it at the end. */
  static async start(...more) {
    const town = new Town();
    town.#more = more;
    town.#folder = await mkdtemp(path.join(tmpdir(), 'samsynk-town-'));
    town.data = path.join(town.#folder, 'data');
    await town.samsynk('import', demo);
    await town.serve('127.0.0.1:0');
    town.spki = await fingerprint(path.join(town.data, 'tls'));
    return town;
  }

  /** Another town that runs, with all that this one has, which rests. */
  async twin() {
    const twin = new Town();
    twin.#folder = await mkdtemp(path.join(tmpdir(), 'samsynk-town-'));
    twin.data = path.join(twin.#folder, 'data');
    await cp(this.data, twin.data, { recursive: true });
    await twin.serve('127.0.0.1:0');
    twin.spki = this.spki;
    return twin;
  }

  /** Runs the program on this town's data, whether or not the server runs. */
  async samsynk(...words) {
    const { stdout } = await run(program, ['--data', this.data, ...words]);
    return stdout.trim();
  }

  async serve(address) {
    this.#server = spawn(
      program,
      ['--data', this.data, 'serve', '--listen', address, '--tls-self-signed', ...this.#more],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, SAMSYNK_LOG: 'error' } },
    );
    for await (const line of createInterface({ input: this.#server.stdout })) {
      const port = /listening on https:\/\/[^\s]*:(\d+)/.exec(line)?.[1];
      if (port) {
        this.port = Number(port);
        return;
      }
    }
    throw new Error('the server ended before it listened');
  }

  /** Ends the server as a power cut would. */
  async kill() {
    this.#server.kill('SIGKILL');
    await once(this.#server, 'exit');
  }

  /** The account of a person of the demo, which an import gives an id that nobody can compute. */
  async accountOf(person) {
    const { people } = JSON.parse(await readFile(demo, 'utf8'));
    const accounts = (await this.samsynk('account', 'list')).split('\n').map((line) => line.split('\t'));
    const [account] = accounts.find((columns) => columns.includes(people[person].name));
    return account;
  }

  /** The secret of a fresh invitation for a person of the demo. */
  async invitation(person) {
    const link = await this.samsynk('invite', await this.accountOf(person));
    return /#enrol=(\S+)/.exec(link)[1];
  }

  /** Ends the server as an operator does, and keeps the data. */
  async rest() {
    if (this.#server?.exitCode === null && this.#server.signalCode === null) {
      this.#server.kill('SIGTERM');
      await once(this.#server, 'exit');
    }
  }

  async stop() {
    await this.rest();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What Chromium is told to trust: SHA-256 of the certificate's public key, in base64. */
async function fingerprint(folder) {
  const name = (await readdir(folder)).find((file) => /cert/.test(file));
  const certificate = new X509Certificate(await readFile(path.join(folder, name)));
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
