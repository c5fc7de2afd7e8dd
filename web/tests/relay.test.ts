import { expect, test } from 'vitest';
import type { Call } from '../src/lib/protocol.ts';
import { Refused } from '../src/lib/refused.ts';
import { type Local, Relay, type Said } from '../src/worker/relay.ts';

const READ: Call = { method: 'status', args: [] };
const REMOVE: Call = { method: 'edit', args: ['doc', { kind: 'visit', edit: { action: 'remove-slot', id: 'lunch' } }] };
const EDIT: Call = { method: 'edit', args: ['doc', { kind: 'note', edit: { action: 'set-title', title: 'Ny' } }] };

/** Tabs of one browser: what one says, all others hear, in order, when `deliver` is called. */
class Tabs {
  #tabs = new Map<string, Relay>();
  #said: { from: string; said: Said }[] = [];
  #late: (() => void)[] = [];
  changes: string[] = [];

  open(name: string): Relay {
    const say = (said: Said) => void this.#said.push({ from: name, said });
    const relay = new Relay(name, { say }, () => this.changes.push(name), (_, task) => this.#late.push(task));
    this.#tabs.set(name, relay);
    return relay;
  }

  close(name: string): void {
    this.#tabs.delete(name);
  }

  /** So much time passes that nobody waits any longer. */
  timePasses(requests = this.#late.length): void {
    for (const task of this.#late.splice(0, requests)) task();
  }

  async deliver(): Promise<void> {
    for (let next = this.#said.shift(); next; next = this.#said.shift()) {
      for (const [name, relay] of this.#tabs) if (name !== next.from) relay.hear(structuredClone(next.said));
      await Promise.resolve();
    }
  }
}

function store(name: string, log: string[]): Local {
  return (call) => {
    log.push(`${name}: ${call.method}`);
    return `${name} answers`;
  };
}

test('a tab asks the one that holds the store, and hears of its changes', async () => {
  const tabs = new Tabs();
  const log: string[] = [];
  const leader = tabs.open('first');
  leader.lead(store('first', log));
  const follower = tabs.open('second');
  await tabs.deliver();

  const answered = follower.call(EDIT);
  await tabs.deliver();
  expect(await answered).toBe('first answers');
  expect(log).toEqual(['first: edit']);

  tabs.changes = [];
  leader.announce();
  await tabs.deliver();
  expect(tabs.changes).toEqual(['first', 'second']);
});

test('calls wait until some tab holds the store, and are made once', async () => {
  const tabs = new Tabs();
  const log: string[] = [];
  const follower = tabs.open('second');
  const answered = follower.call(EDIT);
  const leader = tabs.open('first');
  await tabs.deliver();
  expect(log).toEqual([]);

  leader.lead(store('first', log));
  await tabs.deliver();
  expect(await answered).toBe('first answers');
  expect(log).toEqual(['first: edit']);
});

test('when the holder closes, another takes over: what may be repeated is made again, what may have been made is not', async () => {
  const tabs = new Tabs();
  const log: string[] = [];
  tabs.open('first').lead(store('first', log));
  const follower = tabs.open('second');
  await tabs.deliver();
  tabs.close('first');

  const read = follower.call(READ);
  const edit = follower.call(EDIT);
  const removal = follower.call(REMOVE).catch((reason: unknown) => reason);
  await tabs.deliver();
  follower.lead(store('second', log));
  await tabs.deliver();

  expect(await read).toBe('second answers');
  expect(await edit).toBe('second answers');
  expect(await removal).toEqual(new Refused({ code: 'unanswered', params: {} }));
  expect(log).toEqual(['second: status', 'second: edit']);
  expect(await follower.call(REMOVE)).toBe('second answers');
});

test('a refusal of the store reaches the tab that asked', async () => {
  const tabs = new Tabs();
  tabs.open('first').lead(() => {
    throw JSON.stringify({ code: 'not-writer', params: { kind: 'visit' } });
  });
  const follower = tabs.open('second');
  await tabs.deliver();
  const refused = follower.call(EDIT).catch((reason: unknown) => reason);
  await tabs.deliver();
  expect(await refused).toMatchObject({ refusal: { code: 'not-writer', params: { kind: 'visit' } } });
});

test('a tab that sleeps while it holds the store is told of, and a tab that opens it is waited for', async () => {
  const tabs = new Tabs();
  const sleeper = tabs.open('first');
  sleeper.lead(store('first', []));
  const follower = tabs.open('second');
  await tabs.deliver();
  tabs.close('first');
  const asked = follower.call(READ);
  await tabs.deliver();
  tabs.timePasses();
  await expect(asked).rejects.toEqual(new Refused({ code: 'other-tab-silent', params: {} }));

  const opener = tabs.open('third');
  opener.openStore();
  const waiting = opener.call(READ);
  tabs.timePasses();
  opener.lead(store('third', []));
  expect(await waiting).toBe('third answers');
});

test('a request that is made again to another tab has its time again', async () => {
  const tabs = new Tabs();
  tabs.open('first').lead(store('first', []));
  const follower = tabs.open('second');
  await tabs.deliver();
  tabs.close('first');
  const asked = follower.call(EDIT);
  follower.hear({ type: 'leader', leader: 'third' });
  // The time that the first tab had is over.
  tabs.timePasses(1);
  tabs.open('third').lead(store('third', []));
  await tabs.deliver();
  expect(await asked).toBe('third answers');
});
