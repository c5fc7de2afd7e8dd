import type { Command } from '../generated/Command.ts';
import type { Edit } from '../generated/Edit.ts';
import type { Refusal } from '../generated/Refusal.ts';
import type { SyncStatus } from '../generated/SyncStatus.ts';
import type { View } from '../generated/View.ts';
import type { ViewData } from '../generated/ViewData.ts';

/** What a page knows of the network and of whoever looks at it. */
export type Hint = 'online' | 'offline' | 'foreground';

/** Where the store is: on disk, or in memory until the last tab is closed. */
export type Storage = 'disk' | 'memory';

/** What a page may ask of the store: each method with its arguments and its answer. */
export interface Methods {
  account(): string | null;
  view(view: View): ViewData;
  status(): SyncStatus;
  newId(): string;
  storage(): Storage;
  enrol(account: string, device: string): null;
  edit(document: string, edit: Edit): string;
  command(command: Command): string;
  dismiss(number: number): null;
  acknowledge(command: string): null;
  takeBack(command: string): null;
  nudge(hint: Hint): null;
  forget(): null;
}

export type Method = keyof Methods;
export type Args<M extends Method> = Parameters<Methods[M]>;
export type Answer<M extends Method> = ReturnType<Methods[M]>;

/** A call on its way, one member per method. */
export type Call = { [M in Method]: { method: M; args: Args<M> } }[Method];

const CHANGE_NOTHING: readonly Method[] = ['account', 'view', 'status', 'newId', 'storage'];

/** Calls that may be made again when an answer got lost: those that change nothing, and edits that say what is to be. */
export function mayBeRepeated({ method, args }: Call): boolean {
  if (method !== 'edit') return CHANGE_NOTHING.includes(method);
  const { action } = args[1].edit;
  return action.startsWith('set-') || action === 'acknowledge' || action === 'confirm-secrecy';
}

export interface Request {
  type: 'request';
  id: number;
  call: Call;
}

export type Reply =
  | { type: 'reply'; id: number; ok: true; answer: unknown }
  | { type: 'reply'; id: number; ok: false; refusal: Refusal };

/** What was on screen may have changed. */
export interface Changed {
  type: 'changed';
}

/** The worker's script runs. */
export interface Alive {
  type: 'alive';
}

/** The core has ended; only a new worker can open the store again. */
export interface Ended {
  type: 'ended';
}

export type ToPage = Reply | Changed | Alive | Ended;
