import { expect, test } from 'vitest';
import type { Core, Effects } from '../src/worker/core.ts';
import { type ConnectionEvents, Host } from '../src/worker/host.ts';

const NOTHING: Effects = { connect: false, disconnect: false, wakeAt: null, changed: false };

/** A core that is told what to want next, and a browser that writes down what it was asked for. */
function setUp() {
  const log: string[] = [];
  const wanted: Partial<Effects>[] = [];
  let frames: number[] = [];
  const connections: ConnectionEvents[] = [];
  let wake: (() => void) | null = null;
  const later: (() => void)[] = [];
  const want = (what: string): string => {
    log.push(what);
    return JSON.stringify({ ...NOTHING, ...wanted.shift() });
  };
  const core: Core = {
    account: () => undefined,
    enrol: (_, account) => want(`core: enrol ${account}`),
    view: () => '{"view":"home"}',
    edit: (_, document) => `{"id":"e1","effects":${want(`core: edit ${document}`)}}`,
    command: () => `{"id":"c1","effects":${want('core: command')}}`,
    status: () => '{}',
    handle: (now, event) => want(`core: ${event} at ${now}`),
    receive: (_, messages) => want(`core: takes ${messages.map((message) => message.join()).join(' and ')}`),
    take_frames: () => frames.splice(0).map((byte) => new Uint8Array([byte])),
    dismiss: () => want('core: dismiss'),
    acknowledge: () => want('core: acknowledge'),
    take_back: () => want('core: take back'),
    new_id: () => 'id',
    forget: () => void log.push('core: forget'),
  };
  const host = new Host(core, {
    now: () => 1000,
    connect: (events) => {
      log.push('connect');
      connections.push(events);
      return { send: (frame) => log.push(`send ${frame.join()}`), close: () => log.push('close') };
    },
    wakeAt: (moment, callback) => {
      log.push(`wake at ${moment}`);
      wake = callback;
      return () => log.push('no wake');
    },
    soon: (task) => later.push(task),
    changed: () => log.push('changed'),
    ended: () => log.push('ended'),
  });
  return {
    core,
    host,
    connections,
    wanting: (...effects: Partial<Effects>[]) => wanted.push(...effects),
    queue: (...bytes: number[]) => (frames = bytes),
    wake: () => wake?.(),
    turn: () => later.splice(0).forEach((task) => task()),
    said: () => log.splice(0),
  };
}

test('an edit is shown at once and sent once there is a connection', () => {
  const { host, connections, wanting, queue, turn, said } = setUp();
  wanting({ connect: true });
  host.start();
  expect(said()).toEqual(['core: {"event":"start"} at 1000', 'connect']);

  wanting({ changed: true });
  queue(7);
  expect(host.call({ method: 'edit', args: ['doc', { kind: 'note', edit: { action: 'set-text', text: '' } }] })).toBe('e1');
  expect(said()).toEqual(['core: edit doc', 'changed']);

  connections[0]?.opened();
  expect(said()).toEqual(['core: {"event":"connected"} at 1000', 'send 7']);

  wanting({ changed: true });
  queue(9);
  connections[0]?.received(new Uint8Array([1, 2]));
  connections[0]?.received(new Uint8Array([3]));
  expect(said()).toEqual([]);
  turn();
  expect(said()).toEqual(['core: takes 1,2 and 3', 'send 9', 'changed']);
  turn();
  expect(said()).toEqual([]);
});

test('a hint reaches the core as it reads events', () => {
  const { host, said } = setUp();
  host.call({ method: 'nudge', args: ['online'] });
  host.call({ method: 'nudge', args: ['offline'] });
  host.call({ method: 'nudge', args: ['foreground'] });
  expect(said()).toEqual(['online', 'offline', 'foreground'].map((event) => `core: {"event":"${event}"} at 1000`));
});

test('a lost connection is reported with its reason, and tried again when the core says', () => {
  const { host, connections, wanting, wake, said } = setUp();
  wanting({ connect: true }, { wakeAt: 5000 }, { connect: true });
  host.start();
  connections[0]?.closed('disconnected');
  wake();
  expect(said()).toEqual([
    'core: {"event":"start"} at 1000',
    'connect',
    'core: {"event":"disconnected"} at 1000',
    'wake at 5000',
    'core: {"event":"wake"} at 1000',
    'connect',
    'no wake',
  ]);
  connections[1]?.closed('unauthorised');
  expect(said()).toEqual(['core: {"event":"unauthorised"} at 1000']);
});

test('what came before a connection was lost is taken in first', () => {
  const { host, connections, wanting, turn, said } = setUp();
  wanting({ connect: true });
  host.start();
  connections[0]?.opened();
  said();
  connections[0]?.received(new Uint8Array([1]));
  connections[0]?.closed('disconnected');
  turn();
  expect(said()).toEqual(['core: takes 1', 'core: {"event":"disconnected"} at 1000']);
});

test('what an older connection still says is not heard', () => {
  const { host, connections, wanting, turn, said } = setUp();
  wanting({ connect: true });
  host.start();
  connections[0]?.received(new Uint8Array([1]));
  host.call({ method: 'forget', args: [] });
  said();
  connections[0]?.opened();
  connections[0]?.received(new Uint8Array([1]));
  connections[0]?.closed('disconnected');
  turn();
  expect(said()).toEqual([]);
});

test('a core that ends in the midst of a call is asked nothing more, and its first error is the one that is told', () => {
  const { core, host, said } = setUp();
  core.view = () => {
    throw new WebAssembly.RuntimeError('unreachable');
  };
  expect(() => host.call({ method: 'view', args: [{ view: 'home' }] })).toThrow('unreachable');
  expect(said()).toEqual(['ended']);
  expect(() => host.call({ method: 'view', args: [{ view: 'home' }] })).toThrow('unreachable');
  expect(said()).toEqual([]);
});

test('after a refusal the core is asked what is to be done', () => {
  const { core, host, said } = setUp();
  core.edit = () => {
    throw '{"code":"storage-full","params":{}}';
  };
  expect(() =>
    host.call({ method: 'edit', args: ['doc', { kind: 'note', edit: { action: 'set-text', text: '' } }] }),
  ).toThrow('storage-full');
  expect(said()).toEqual(['core: {"event":"wake"} at 1000']);
});
