import { Calls } from '../lib/calls.ts';
import { type Call, mayBeRepeated, type Reply, type Request } from '../lib/protocol.ts';
import { refusalOf } from '../lib/refused.ts';

/** What tabs say to each other. */
export type Said =
  | { type: 'who' }
  | { type: 'leader'; leader: string }
  | { type: 'ask'; leader: string; from: string; request: Request }
  | { type: 'answer'; to: string; reply: Reply }
  | { type: 'changed' };

export interface Channel {
  say(said: Said): void;
}

/** Makes a call on the store that this tab holds. */
export type Local = (call: Call) => unknown;

/** How long another tab may take to answer, in milliseconds: the system may have put it to sleep. */
const ANSWER_MS_MAX = 8_000;

/**
 * One tab holds the store, the leader; the others ask it. Calls made before a leader is known wait. When another
 * tab takes over, calls that may be repeated are made again; of others nobody can know whether they were made, so
 * they fail with `unanswered`. A tab that holds the store and does not answer makes them fail with `other-tab-silent`:
 * its files cannot be opened beside it.
 */
export class Relay {
  #local: Local | null = null;
  #leader: string | null = null;
  #asked = new Set<number>();
  /** How often each request without an answer was made: only the last time is waited for. */
  #turns = new Map<number, number>();
  #isOpening = false;
  #calls = new Calls((request) => this.#dispatch(request));

  constructor(
    private readonly me: string,
    private readonly channel: Channel,
    private readonly changed: () => void,
    private readonly after: (milliseconds: number, task: () => void) => void = (milliseconds, task) =>
      void setTimeout(task, milliseconds),
  ) {
    channel.say({ type: 'who' });
  }

  call(call: Call): Promise<unknown> {
    return this.#calls.forward(call);
  }

  /** This tab opens the store, and nobody else can answer. */
  openStore(): void {
    this.#isOpening = true;
  }

  /** This tab now holds the store. */
  lead(local: Local): void {
    this.#local = local;
    this.#follow(this.me);
    this.channel.say({ type: 'leader', leader: this.me });
  }

  /** The store changed here, in the leader. */
  announce(): void {
    this.changed();
    this.channel.say({ type: 'changed' });
  }

  hear(said: Said): void {
    switch (said.type) {
      case 'who':
        if (this.#local) this.channel.say({ type: 'leader', leader: this.me });
        break;
      case 'leader':
        if (!this.#local) this.#follow(said.leader);
        break;
      case 'ask':
        if (this.#local && said.leader === this.me) {
          this.channel.say({ type: 'answer', to: said.from, reply: answer(this.#local, said.request) });
        }
        break;
      case 'answer':
        if (said.to === this.me) this.#settle(said.reply);
        break;
      case 'changed':
        this.changed();
        break;
    }
  }

  #follow(leader: string): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    for (const request of this.#calls.unanswered()) {
      if (this.#asked.has(request.id) && !mayBeRepeated(request.call)) {
        this.#settle({ type: 'reply', id: request.id, ok: false, refusal: { code: 'unanswered', params: {} } });
      } else {
        this.#dispatch(request);
      }
    }
    this.changed();
  }

  #dispatch(request: Request): void {
    if (this.#local) {
      this.#settle(answer(this.#local, request));
      return;
    }
    const turn = (this.#turns.get(request.id) ?? 0) + 1;
    this.#turns.set(request.id, turn);
    this.after(ANSWER_MS_MAX, () => {
      if (this.#isOpening || this.#turns.get(request.id) !== turn) return;
      this.#settle({ type: 'reply', id: request.id, ok: false, refusal: { code: 'other-tab-silent', params: {} } });
    });
    if (this.#leader !== null) {
      this.#asked.add(request.id);
      this.channel.say({ type: 'ask', leader: this.#leader, from: this.me, request });
    }
  }

  #settle(reply: Reply): void {
    this.#asked.delete(reply.id);
    this.#turns.delete(reply.id);
    this.#calls.settle(reply);
  }
}

/** Makes a call and turns what comes of it into a reply. */
export function answer(local: Local, { id, call }: Request): Reply {
  try {
    return { type: 'reply', id, ok: true, answer: local(call) };
  } catch (thrown) {
    return { type: 'reply', id, ok: false, refusal: refusalOf(thrown) };
  }
}
