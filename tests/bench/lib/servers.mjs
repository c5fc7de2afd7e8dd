// Servers under measurement: each a process of its own, with data in a folder of its own.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Ticks of the processor's clock in a second, as /proc counts them. */
const TICKS_PER_SECOND = 100;

class Server {
  #process;

  /** What the table calls it. */
  name;
  /** Where the load generator connects, and with which words beside. */
  url;
  words = [];

  constructor(name, folder) {
    this.name = name;
    this.folder = folder;
  }

  async start(program, words, environment, listening) {
    this.#process = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const found = listening.exec(line);
      if (found) return found;
    }
    throw new Error(`${this.name} ended before it listened`);
  }

  /** Seconds of processor time so far, in user and system mode. */
  async processorSeconds() {
    const stat = await readFile(`/proc/${this.#process.pid}/stat`, 'utf8');
    const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / TICKS_PER_SECOND;
  }

  /** Resident memory now, in MiB. */
  async residentMebibytes() {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  }

  async stop() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function folder(name) {
  return mkdtemp(path.join(tmpdir(), `bench-${name}-`));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Ours: every acknowledgement waits for the disk. */
export async function samsynk(program) {
  const server = new Server('samsynk', await folder('samsynk'));
  const data = ['--data', path.join(server.folder, 'data')];
  const command = async (...words) => (await run(program, [...data, ...words])).stdout.trim();
  const account = await command('account', 'add');
  server.words = ['--token', await command('token', account)];
  server.account = account;
  const listen = ['serve', '--listen', '127.0.0.1:0', '--plaintext', '--account-sessions-max', '20000'];
  const found = await server.start(program, [...data, ...listen], { SAMSYNK_LOG: 'error' }, /http:\/\/[^\s]*:(\d+)/);
  server.url = `ws://127.0.0.1:${found[1]}/sync`;
  return server;
}

/** The automerge-repo JavaScript server; it acknowledges before it has written. */
export async function automergeRepo() {
  const server = new Server('automerge-repo', await folder('js'));
  const PORT = await freePort();
  const program = fileURLToPath(new URL('../js-server.mjs', import.meta.url));
  await server.start(process.execPath, [program], { PORT, DATA_DIR: server.folder }, /listening/);
  server.url = `ws://127.0.0.1:${PORT}/`;
  return server;
}

/** samod, the nearest peer in Rust; it acknowledges before it has written. */
export async function samod(program) {
  const server = new Server('samod', await folder('samod'));
  const PORT = await freePort();
  await server.start(program, [], { PORT, DATA_DIR: server.folder }, /listening/);
  server.url = `ws://127.0.0.1:${PORT}/`;
  return server;
}
