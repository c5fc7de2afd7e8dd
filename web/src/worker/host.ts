import { type Core, type CoreCall, type CoreEvent, type Effects, eventText, parseEffects, perform } from './core.ts';
import type { Denial } from './denied.ts';

/** One connection to the server; it reports by the callbacks that it was made with. */
export interface Connection {
  send(frame: Uint8Array): void;
  close(): void;
}

export interface ConnectionEvents {
  opened(): void;
  received(frame: Uint8Array): void;
  closed(reason: 'disconnected' | Denial): void;
}

/** What the host takes from its surroundings, so that tests can give others. */
export interface Surroundings {
  now(): number;
  connect(events: ConnectionEvents): Connection;
  /** Calls back once at a moment; returns what stops it. */
  wakeAt(moment: number, wake: () => void): () => void;
  /** Calls back once what has arrived by now has been handed over. */
  soon(task: () => void): void;
  changed(): void;
  /** The core has ended in the midst of a call: it answers nothing any more, and what is on disk is as it was. */
  ended(): void;
}

/** Gives the core's effects to the browser and the browser's events to the core; decides nothing. */
export class Host {
  #connection: { current: Connection; open: boolean } | null = null;
  #stopWaking: (() => void) | null = null;
  /** Messages that came together are taken in together: each call of the core is one write to disk. */
  #inbox: Uint8Array[] = [];
  #hasEnded = false;

  constructor(
    private readonly core: Core,
    private readonly around: Surroundings,
  ) {}

  start(): void {
    this.handle('start');
  }

  call(call: CoreCall): unknown {
    try {
      const { answer, effects } = this.#ask((core) => perform(core, this.around.now(), call));
      if (effects) this.#execute(effects);
      return answer;
    } catch (thrown) {
      // What is to be done about a store that failed is among the effects of the next call.
      if (!this.#hasEnded) this.handle('wake');
      throw thrown;
    }
  }

  handle(event: CoreEvent): void {
    this.#execute(parseEffects(this.#ask((core) => core.handle(this.around.now(), eventText(event)))));
  }

  #ask<T>(ask: (core: Core) => T): T {
    try {
      return ask(this.core);
    } catch (thrown) {
      const isTrap = thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
      if (isTrap && !this.#hasEnded) {
        this.#hasEnded = true;
        this.around.ended();
      }
      throw thrown;
    }
  }

  #execute(effects: Effects): void {
    if (effects.disconnect) this.#disconnect();
    if (effects.connect) this.#connect();
    this.#sendFrames();
    this.#stopWaking?.();
    this.#stopWaking =
      effects.wakeAt === null ? null : this.around.wakeAt(effects.wakeAt, () => this.handle('wake'));
    if (effects.changed) this.around.changed();
  }

  #connect(): void {
    this.#disconnect();
    const state: { current: Connection; open: boolean } = {
      open: false,
      current: this.around.connect({
        opened: () => {
          if (this.#connection !== state) return;
          state.open = true;
          this.handle('connected');
        },
        received: (frame) => {
          if (this.#connection !== state) return;
          if (this.#inbox.push(frame) === 1) this.around.soon(() => this.#takeIn());
        },
        closed: (reason) => {
          if (this.#connection !== state) return;
          this.#takeIn();
          this.#connection = null;
          this.handle(reason);
        },
      }),
    };
    this.#connection = state;
  }

  #takeIn(): void {
    const messages = this.#inbox;
    this.#inbox = [];
    if (messages.length === 0) return;
    this.#execute(parseEffects(this.#ask((core) => core.receive(this.around.now(), messages))));
  }

  #disconnect(): void {
    this.#inbox = [];
    const connection = this.#connection;
    this.#connection = null;
    connection?.current.close();
  }

  #sendFrames(): void {
    if (!this.#connection?.open) return;
    for (const frame of this.core.take_frames()) this.#connection.current.send(frame);
  }
}
