// The real server in clear text on loopback, with accounts that hold nothing but their own notes.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
/** The program under test. */
const program = process.env.SAMSYNK_BIN ?? path.join(repository, 'target', 'debug', 'samsynk');
const run = promisify(execFile);

export class Server {
  #folder;
  #process;

  /** Starts a server on fresh data; `stop` it at the end. */
  static async start() {
    const server = new Server();
    server.#folder = await mkdtemp(path.join(tmpdir(), 'samsynk-interop-'));
    server.data = path.join(server.#folder, 'data');
    await server.serve();
    return server;
  }

  /** Runs the program on this server's data, whether or not the server runs. */
  async samsynk(...words) {
    const { stdout } = await run(program, ['--data', this.data, ...words]);
    return stdout.trim();
  }

  /** A new person: the account's id, and a token of theirs. */
  async person() {
    const account = await this.samsynk('account', 'add');
    return { account, token: await this.samsynk('token', account) };
  }

  /** Starts the process, on the port that it had before. */
  async serve() {
    this.#process = spawn(
      program,
      ['--data', this.data, 'serve', '--plaintext', '--listen', `127.0.0.1:${this.port ?? 0}`],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, SAMSYNK_LOG: 'error' } },
    );
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port) {
        this.port = Number(port);
        return;
      }
    }
    throw new Error('the server ended before it listened');
  }

  /** Ends the process: `SIGTERM` in order, `SIGKILL` as a power cut would. Gives its exit code. */
  async end(signal) {
    const exit = once(this.#process, 'exit');
    this.#process.kill(signal);
    const [code] = await exit;
    return code;
  }

  /** Ends the process in order, checks its data, and removes it. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await this.end('SIGTERM');
    }
    const found = await this.samsynk('check');
    await rm(this.#folder, { recursive: true, force: true });
    if (found !== 'ok') throw new Error(`samsynk check: ${found}`);
  }
}
