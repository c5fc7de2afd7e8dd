import type { Call, Hint } from '../lib/protocol.ts';
import type { Denial } from './denied.ts';

/** What the Rust core wants done after each call. */
export interface Effects {
  connect: boolean;
  disconnect: boolean;
  /** When to wake it, in milliseconds since 1970. */
  wakeAt: number | null;
  /** Whether what is on screen may have changed. */
  changed: boolean;
}

export type CoreEvent = 'start' | 'connected' | 'disconnected' | Denial | 'wake' | Hint;

/** The Rust core as wasm-bindgen gives it: JSON in, JSON out; refusals are thrown as JSON. */
export interface Core {
  account(): string | undefined;
  enrol(now: number, account: string, device: string): string;
  view(view: string): string;
  edit(now: number, document: string, edit: string): string;
  command(now: number, command: string): string;
  status(): string;
  handle(now: number, event: string): string;
  receive(now: number, messages: Uint8Array[]): string;
  take_frames(): Uint8Array[];
  dismiss(now: number, number: number): string;
  acknowledge(now: number, command: string): string;
  take_back(now: number, command: string): string;
  new_id(): string;
  forget(): void;
}

/** An event as the core reads it. */
export function eventText(event: CoreEvent): string {
  return JSON.stringify({ event });
}

export function parseEffects(json: string): Effects {
  return JSON.parse(json) as Effects;
}

export function parseMade(json: string): { id: string; effects: Effects } {
  return JSON.parse(json) as { id: string; effects: Effects };
}

/** A call for the core; where the store is, the worker knows. */
export type CoreCall = Exclude<Call, { method: 'storage' }>;

/** Makes one call; `effects` is null where the call only reads. */
export function perform(core: Core, now: number, call: CoreCall): { answer: unknown; effects: Effects | null } {
  switch (call.method) {
    case 'account':
      return { answer: core.account() ?? null, effects: null };
    case 'view':
      return { answer: JSON.parse(core.view(JSON.stringify(call.args[0]))), effects: null };
    case 'status':
      return { answer: JSON.parse(core.status()), effects: null };
    case 'newId':
      return { answer: core.new_id(), effects: null };
    case 'enrol':
      return { answer: null, effects: parseEffects(core.enrol(now, ...call.args)) };
    case 'edit': {
      const [document, edit] = call.args;
      const { id, effects } = parseMade(core.edit(now, document, JSON.stringify(edit)));
      return { answer: id, effects };
    }
    case 'command': {
      const { id, effects } = parseMade(core.command(now, JSON.stringify(call.args[0])));
      return { answer: id, effects };
    }
    case 'dismiss':
      return { answer: null, effects: parseEffects(core.dismiss(now, call.args[0])) };
    case 'takeBack':
      return { answer: null, effects: parseEffects(core.take_back(now, call.args[0])) };
    case 'acknowledge':
      return { answer: null, effects: parseEffects(core.acknowledge(now, call.args[0])) };
    case 'nudge':
      return { answer: null, effects: parseEffects(core.handle(now, eventText(call.args[0]))) };
    case 'forget':
      core.forget();
      return { answer: null, effects: { connect: false, disconnect: true, wakeAt: null, changed: true } };
  }
}
