// Prints how samsynk does beside its peers, all in one run on one machine: `make bench`. Not a test.
//
// Ours waits for the disk before it acknowledges, the peers do not. What counts is the ratio in one run.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { automergeRepo, samod, samsynk } from './lib/servers.mjs';

const run = promisify(execFile);

const { SAMSYNK_RELEASE, SAMSYNK_FIGURES, ALLOCATION_FIGURES, HOSTILE_FIGURES, HUB_COST, PEERBENCH } = process.env;
const DOCUMENTS = Number(process.env.DOCUMENTS ?? 2000);
const MANY_DOCUMENTS = 10 * DOCUMENTS;
const SOCKETS = Number(process.env.SOCKETS ?? 10_000);
/** Several times what the slowest peer takes for any scenario; one that stalls is given up then. */
const SCENARIO_MILLISECONDS_MAX = 180_000;

const SCENARIOS = {
  push: ['push', '--docs', String(DOCUMENTS), '--edits', '50'],
  pull: ['pull'],
  reconnect: ['reconnect'],
  edits: ['edits', '--writers', '128', '--seconds', '5'],
  fanout: ['fanout', '--readers', '50', '--changes', '100', '--interval-ms', '50'],
};

/** A reconnection costs us three ticks of the clock that counts processor time: one alone would say little. */
const TIMES = { reconnect: 10 };

/** Runs one scenario; what the load generator prints, and what it cost the server. */
async function load(server, words) {
  const before = await server.processorSeconds();
  const files = ['--docs-file', path.join(server.folder, 'load.docs')];
  const { stdout } = await run(path.join(PEERBENCH, 'peerbench'), [...files, ...server.words, server.url, ...words], {
    timeout: SCENARIO_MILLISECONDS_MAX,
    maxBuffer: 1 << 26,
    env: { ...process.env, RUST_BACKTRACE: '0' },
  });
  const processorSeconds = (await server.processorSeconds()) - before;
  return { ...JSON.parse(stdout), processorSeconds, mebibytes: await server.residentMebibytes() };
}

/** The mean of several runs. */
async function loadTimes(server, words, times) {
  const runs = [];
  for (let i = 0; i < times; i += 1) runs.push(await load(server, words));
  const mean = (figure) => runs.reduce((sum, each) => sum + figure(each), 0) / times;
  const docs_per_s = runs[0].docs_per_s && times / runs.reduce((sum, each) => sum + 1 / each.docs_per_s, 0);
  return { ...runs.at(-1), docs_per_s, processorSeconds: mean((each) => each.processorSeconds) };
}

/** Every scenario on one server, until one fails, which is named: a server that stalls does not come back. */
async function measure(start) {
  const server = await start();
  const figures = { name: server.name };
  try {
    for (const [name, words] of Object.entries(SCENARIOS)) {
      try {
        figures[name] = await loadTimes(server, words, TIMES[name] ?? 1);
      } catch (error) {
        const why = error.killed ? 'took too long' : (error.stderr || error.message).trim().split('\n')[0];
        console.error(`${server.name}, ${name}: ${why}`);
        break;
      }
    }
    figures.mebibytes = await server.residentMebibytes();
  } finally {
    await server.stop();
  }
  return figures;
}

const perDocument = (figure) => (figure.processorSeconds * 1000) / DOCUMENTS;

/** What is asked of us beside the JavaScript server: the figure, its unit, and the ratio that is the goal. */
const ROWS = [
  ['push', 'documents/s', (f) => f.push.docs_per_s, '≥', 10],
  ['push, server CPU per document', 'ms', (f) => perDocument(f.push), '≤', 1 / 20],
  ['pull', 'documents/s', (f) => f.pull.docs_per_s, '≥', 4],
  ['pull, server CPU per document', 'ms', (f) => perDocument(f.pull), '≤', 1 / 10],
  ['reconnect, protocol "1"', 'documents/s', (f) => f.reconnect.docs_per_s, '≥', 5],
  ['reconnect, server CPU per document', 'ms', (f) => perDocument(f.reconnect), '≤', 1 / 15],
  ['edits, 128 writers', 'acknowledged/s', (f) => f.edits.acked_per_s, '≥', 5],
  ['fan-out to 50 readers, p50', 'ms', (f) => f.fanout.p50_ms, '≤', 1 / 10],
  ['fan-out to 50 readers, p99', 'ms', (f) => f.fanout.p99_ms, '≤', 1 / 10],
  ['memory after these', 'MiB', (f) => f.mebibytes, '', undefined],
];

const round = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const ratio = (value) => (value >= 1 ? `${value.toFixed(1)}×` : `1/${(1 / value).toFixed(1)}`);

function line(cells) {
  const widths = [36, 16, 12, 16, 12, 12, 0];
  console.log(cells.map((cell, i) => String(cell).padEnd(widths[i])).join(''));
}

function attempt(figure, figures) {
  try {
    return figure(figures);
  } catch {
    return undefined; // That scenario failed, as was said.
  }
}

function compare(ours, js, rust) {
  line(['', 'unit', ours.name, js.name, rust?.name ?? '', 'ratio to JS', 'goal']);
  for (const [name, unit, figure, sign, goal] of ROWS) {
    const [mine, theirs, other] = [ours, js, rust].map((figures) => attempt(figure, figures ?? {}));
    const beside = mine && theirs ? mine / theirs : undefined;
    const isMet = beside && (sign === '≥' ? beside >= goal : beside <= goal);
    const verdict = goal ? `${sign} ${ratio(goal)}  ${isMet ? 'met' : 'MISSED'}` : '';
    const shown = [mine, theirs, other].map((value) => (value === undefined ? '–' : round(value)));
    line([name, unit, ...shown, beside ? ratio(beside) : '–', verdict]);
  }
}

function goal(name, value, unit, isMet, words) {
  line([name, unit, value, '', '', '', `${words}  ${isMet ? 'met' : 'MISSED'}`]);
}

/** Ten times the documents: neither throughput nor memory may follow. */
async function manyDocuments(few) {
  const server = await samsynk(SAMSYNK_RELEASE);
  try {
    const push = await load(server, ['push', '--docs', String(MANY_DOCUMENTS - 500), '--edits', '50']);
    const pull = await load(server, ['pull']);
    for (const [name, many, before] of [['push', push, few.push], ['pull', pull, few.pull]]) {
      const change = many.docs_per_s / before.docs_per_s;
      goal(`${name}, ${MANY_DOCUMENTS} documents`, round(many.docs_per_s), 'documents/s', change >= 0.8, `≥ 80 % of ${round(before.docs_per_s)}`);
    }
    const mebibytes = await server.residentMebibytes();
    goal(`memory, ${MANY_DOCUMENTS} documents`, round(mebibytes), 'MiB', mebibytes < 200, '< 200');
  } finally {
    await server.stop();
  }
}

/** Connections that say nothing. */
async function idleSockets() {
  const server = await samsynk(SAMSYNK_RELEASE);
  try {
    const before = await server.residentMebibytes();
    const words = ['idle', '--conns', String(SOCKETS), '--hold-s', '10'];
    const command = ['-c', 'ulimit -n "$(ulimit -Hn)" && exec "$0" "$@"', path.join(PEERBENCH, 'peerbench')];
    const holding = run('bash', [...command, ...server.words, server.url, ...words]);
    let most = before;
    const watch = setInterval(async () => {
      most = Math.max(most, await server.residentMebibytes());
    }, 250);
    await holding;
    clearInterval(watch);
    goal(`${SOCKETS} idle sockets, plaintext`, round(most), 'MiB', most < 100, '< 100');
  } finally {
    await server.stop();
  }
}

/** What a device does with the samsynk-1 frames, and alone. */
async function devices() {
  const server = await samsynk(SAMSYNK_RELEASE);
  try {
    const { stdout } = await run(SAMSYNK_FIGURES, [server.url, server.words[1], server.account]);
    const device = JSON.parse(stdout);
    const reconnect = device.reconnect;
    goal(
      `${reconnect.documents} unchanged, samsynk-1`,
      `${reconnect.round_trips} / ${Math.round(reconnect.bytes / 1000)}`,
      'round trips/kB',
      reconnect.round_trips === 1 && reconnect.bytes < 400_000,
      '1 / < 400',
    );
    line([`${device.sync.documents} documents from nothing`, 'ms', round(device.sync.milliseconds)]);
    goal(`open ${device.open.documents}, show a view`, round(device.open.milliseconds), 'ms', device.open.milliseconds <= 50, '≤ 50');
    goal('one edit on disk, p50', round(device.edit.p50_milliseconds), 'ms', device.edit.p50_milliseconds <= 5, '≤ 5');
    line(['one edit on disk, p99', 'ms', round(device.edit.p99_milliseconds)]);
  } finally {
    await server.stop();
  }
}

/** What one account can do to the others: how long these wait, and what the server keeps of messages that never end. */
async function hostile() {
  const environment = { ...process.env, SAMSYNK_BIN: SAMSYNK_RELEASE };
  const { stdout } = await run(HOSTILE_FIGURES, [], { env: environment });
  const { floods, unfinished_mebibytes } = JSON.parse(stdout);
  for (const { flood, p50_milliseconds, p99_milliseconds } of floods) {
    line([`beside ${flood}: an edit, p50`, 'ms', round(p50_milliseconds)]);
    goal('p99', round(p99_milliseconds), 'ms', p99_milliseconds < 100, '< 100');
  }
  goal('150 unfinished messages', round(unfinished_mebibytes), 'MiB more', unfinished_mebibytes < 100, '< 100');
}

/** What each sort of event takes of the hub's thread, beside what it is charged. */
async function hubCost() {
  const { stdout } = await run(HUB_COST).catch((failed) => failed);
  process.stdout.write(stdout);
}

/** How long it takes to place teams on topics; each figure is a median. */
async function allocations() {
  const { large, real } = JSON.parse((await run(ALLOCATION_FIGURES)).stdout);
  goal('100,000 teams, student-optimal', round(large.milliseconds), 'ms', large.milliseconds < 1000, '< 1000');
  line(['the same, with reasons', 'ms', round(large.with_reasons_milliseconds)]);
  line(['verifying it', 'ms', round(large.verify_milliseconds)]);
  line([`reading its ${large.megabytes} MB`, 'ms', round(large.read_milliseconds)]);
  for (const [rule, milliseconds] of Object.entries(real)) {
    goal(`a real round, ${rule}`, round(milliseconds), 'ms', milliseconds < 50, '< 50');
  }
}

if (!PEERBENCH) {
  console.log('The load generator is not beside this repository: only devices and allocations are measured.');
  await devices();
} else {
  const ours = await measure(() => samsynk(SAMSYNK_RELEASE));
  const js = await measure(automergeRepo);
  const samodServer = path.join(PEERBENCH, 'samod-server');
  const rust = existsSync(samodServer) ? await measure(() => samod(samodServer)) : undefined;
  compare(ours, js, rust);
  await manyDocuments(ours);
  await idleSockets();
  await devices();
}
await hostile();
await hubCost();
await allocations();
