import type { Command } from '../generated/Command.ts';
import type { Edit } from '../generated/Edit.ts';
import type { Refusal } from '../generated/Refusal.ts';
import type { SyncStatus } from '../generated/SyncStatus.ts';
import type { View } from '../generated/View.ts';
import type { ViewData } from '../generated/ViewData.ts';
import { Calls } from './calls.ts';
import type { Hint, Request, Storage, ToPage } from './protocol.ts';

/** How a page reaches its worker. */
export interface Worker {
  post(request: Request): void;
  listen(listener: (message: ToPage) => void): void;
}

/** The store on this device, as pages see it. */
export class Client {
  #calls: Calls;
  #watchers = new Set<() => void>();

  constructor(worker: Worker) {
    this.#calls = new Calls((request) => worker.post(request));
    worker.listen((message) => {
      if (message.type === 'reply') this.#calls.settle(message);
      else if (message.type === 'changed') for (const refresh of this.#watchers) refresh();
    });
  }

  /** Refuses all calls that wait: nobody will answer them. */
  fail(refusal: Refusal): void {
    for (const { id } of this.#calls.unanswered()) this.#calls.settle({ type: 'reply', id, ok: false, refusal });
  }

  account(): Promise<string | null> {
    return this.#calls.call('account');
  }

  enrol(account: string, device: string): Promise<null> {
    return this.#calls.call('enrol', account, device);
  }

  view(view: View): Promise<ViewData> {
    return this.#calls.call('view', view);
  }

  status(): Promise<SyncStatus> {
    return this.#calls.call('status');
  }

  edit(document: string, edit: Edit): Promise<string> {
    return this.#calls.call('edit', document, edit);
  }

  command(command: Command): Promise<string> {
    return this.#calls.call('command', command);
  }

  dismiss(number: number): Promise<null> {
    return this.#calls.call('dismiss', number);
  }

  takeBack(command: string): Promise<null> {
    return this.#calls.call('takeBack', command);
  }

  acknowledge(command: string): Promise<null> {
    return this.#calls.call('acknowledge', command);
  }

  storage(): Promise<Storage> {
    return this.#calls.call('storage');
  }

  newId(): Promise<string> {
    return this.#calls.call('newId');
  }

  /** Passes a hint on: the network is gone or may be back, or somebody looks at the screen. */
  nudge(hint: Hint): Promise<null> {
    return this.#calls.call('nudge', hint);
  }

  forget(): Promise<null> {
    return this.#calls.call('forget');
  }

  /** Reads now and after every change, one read at a time; returns what stops it. */
  watch<T>(read: (client: Client) => Promise<T>, show: (value: T) => void, fail: (thrown: unknown) => void): () => void {
    let stopped = false;
    let reading = false;
    let again = false;
    const refresh = async () => {
      again = reading;
      if (reading) return;
      reading = true;
      try {
        const value = await read(this);
        if (!stopped) show(value);
      } catch (thrown) {
        if (!stopped) fail(thrown);
      }
      reading = false;
      if (again && !stopped) void refresh();
    };
    this.#watchers.add(refresh);
    void refresh();
    return () => {
      stopped = true;
      this.#watchers.delete(refresh);
    };
  }
}
