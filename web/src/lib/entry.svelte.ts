import type { Refusal } from '../generated/Refusal.ts';
import type { Client } from './client.ts';
import { leave, redeem } from './enrol.ts';
import { Refused, refusalOf } from './refused.ts';

export type Phase =
  | { name: 'opening' }
  | { name: 'welcome' }
  | { name: 'enrolling' }
  | { name: 'refused'; refusal: Refusal; again: boolean }
  | { name: 'broken'; refusal: Refusal }
  | { name: 'in' };

/** Refusals after which the same link may still work. */
const WORTH_ANOTHER_TRY = ['offline', 'unavailable', 'too-many-attempts', 'too-slow', 'broken'];

/** How long opening may take before people are told, in milliseconds. */
const OPENING_MS_MAX = 12_000;

/** How a device comes in: with the account that it has, or with an invitation. */
export class Entry {
  phase = $state.raw<Phase>({ name: 'opening' });
  #client: Client;
  #invitation: string | null;

  constructor(client: Client, invitation: string | null) {
    this.#client = client;
    this.#invitation = invitation;
  }

  /** Says so when opening takes long; it goes on meanwhile. */
  waitPatiently(after: (milliseconds: number, task: () => void) => void = (ms, task) => void setTimeout(task, ms)): void {
    after(OPENING_MS_MAX, () => {
      if (this.phase.name === 'opening') this.phase = { name: 'broken', refusal: { code: 'opening-slow', params: {} } };
    });
  }

  /** Follows the store: another tab may enrol this device, or leave. */
  follow(): () => void {
    return this.#client.watch(
      (client) => client.account(),
      (account) => void this.#found(account),
      (thrown) => {
        this.phase = { name: 'broken', refusal: refusalOf(thrown) };
      },
    );
  }

  async tryAgain(): Promise<void> {
    await this.#enrol(await this.#client.account());
  }

  /** Goes on with the account that the device has. */
  goOn(): void {
    this.#invitation = null;
    this.phase = { name: 'opening' };
    void this.#client.account().then((account) => this.#found(account));
  }

  async #found(account: string | null): Promise<void> {
    if (this.phase.name === 'enrolling' || this.phase.name === 'refused') return;
    if (this.#invitation !== null) await this.#enrol(account);
    else this.phase = { name: account === null ? 'welcome' : 'in' };
  }

  async #enrol(account: string | null): Promise<void> {
    this.phase = { name: 'enrolling' };
    try {
      if (account !== null) await this.#mustBeSignedOut();
      await this.#redeem(account);
      this.#invitation = null;
      this.phase = { name: 'in' };
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      this.phase = { name: 'refused', refusal, again: WORTH_ANOTHER_TRY.includes(refusal.code) };
    }
  }

  // A device in use keeps its account; one that was signed out may come back with a new link.
  async #mustBeSignedOut(): Promise<void> {
    const { problem } = await this.#client.status();
    if (problem?.code !== 'signed-out' && problem?.code !== 'device-revoked') throw taken();
  }

  async #redeem(before: string | null): Promise<void> {
    const { account, device } = await redeem(this.#invitation ?? '');
    if (before !== null && before !== account) {
      // What is stored here belongs to someone else, and may hold edits that were never sent.
      await leave();
      throw taken();
    }
    await this.#client.enrol(account, device);
  }
}

function taken(): Refused {
  return new Refused({ code: 'device-taken', params: {} });
}
