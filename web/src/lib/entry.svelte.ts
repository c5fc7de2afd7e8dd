import type { Refusal } from '../generated/Refusal.ts';
import type { SyncStatus } from '../generated/SyncStatus.ts';
import type { Client } from './client.ts';
import { forgetDrafts, useDrafts } from './drafts.svelte.ts';
import { leave, peek, redeem, session } from './enrol.ts';
import { refusalOf } from './refused.ts';
import * as remembered from './remembered.ts';
import { unsavedEdits } from './standing.ts';

export type Phase =
  | { name: 'opening' }
  | { name: 'welcome' }
  /** A link was opened: the person is asked, since programs that scan messages open links too. */
  | { name: 'invited' }
  | { name: 'enrolling' }
  /** A link for somebody else, on a device in use: `unsaved` changes would go. */
  | { name: 'taken'; unsaved: number }
  /** The server has ended this device's access. */
  | { name: 'ended'; refusal: Refusal }
  | { name: 'refused'; refusal: Refusal; again: boolean }
  | { name: 'broken'; refusal: Refusal }
  | { name: 'in' };

/** Refusals after which the same link may still work. */
const WORTH_ANOTHER_TRY = ['offline', 'unavailable', 'too-many-attempts', 'too-slow', 'broken', 'too-many-devices'];

/** How long opening may take before people are told, in milliseconds. */
const OPENING_MS_MAX = 12_000;

/** How long the server is asked about a link before what is on the device is shown, in milliseconds. */
const ASKING_MS_MAX = 1_000;

/** Problems with which a device needs a new link. */
const AWAY = ['signed-out', 'device-revoked', 'account-erased'];
const isAway = ({ problem }: SyncStatus) => problem !== null && AWAY.includes(problem.code);
const ENDED = ['device-revoked', 'account-erased'];

interface Standing {
  account: string | null;
  status: SyncStatus;
}

/** Erases everything that the browser keeps of whoever used the app here: documents, and what is half typed. */
export async function forgetDevice(client: Client): Promise<void> {
  await client.forget();
  await forgetDrafts();
}

/** How a device comes in: with the account that it has, with an invitation, or with the cookie that it kept. */
export class Entry {
  phase = $state.raw<Phase>({ name: 'opening' });
  /** Whose device it is: nothing on screen outlives a change of that. */
  account = $state.raw<string | null>(null);
  #client: Client;
  #label: () => string;
  /** Phases in which the person or the server is asked; what the store says waits until they have answered. */
  #asking = false;

  constructor(client: Client, label: () => string) {
    this.#client = client;
    this.#label = label;
  }

  /** Says so when opening takes long; it goes on meanwhile. */
  waitPatiently(after: (milliseconds: number, task: () => void) => void = (ms, task) => void setTimeout(task, ms)): void {
    after(OPENING_MS_MAX, () => {
      if (this.phase.name === 'opening') this.phase = { name: 'broken', refusal: { code: 'opening-slow', params: {} } };
    });
  }

  /** Follows the store: another tab may enrol this device, or leave; the server may end its access. */
  follow(): () => void {
    const again = () => void this.#look();
    addEventListener('online', again);
    const stop = this.#client.watch(
      () => this.#standing(),
      (standing) => void this.#found(standing),
      (thrown) => {
        this.phase = { name: 'broken', refusal: refusalOf(thrown) };
      },
    );
    return () => {
      stop();
      removeEventListener('online', again);
    };
  }

  /** A link was opened in this tab. */
  invite(secret: string): void {
    remembered.invitation.set(secret);
    this.#asking = false;
    if (this.phase.name !== 'opening') void this.#look();
  }

  /** The person wants in with the link; or once more, after a refusal. Another tab may have used it meanwhile. */
  async accept(): Promise<void> {
    const { account, status } = await this.#standing();
    const invitation = remembered.invitation.get();
    if (invitation !== null && account !== null && !isAway(status)) await this.#consider(invitation, account, status);
    else await this.#enrol(account !== null);
  }

  /** The person wants the device to be the invited one's: what it has is erased. */
  async takeOver(): Promise<void> {
    this.#asking = true;
    this.phase = { name: 'enrolling' };
    try {
      // First, while the cookie is still the old account's.
      await leave();
      await forgetDevice(this.#client);
      await this.#enrol(false);
    } catch (thrown) {
      this.#refuse(refusalOf(thrown));
    }
  }

  /** Goes on with what the device has; the link is not used. */
  goOn(): void {
    remembered.invitation.set(null);
    this.#asking = false;
    if (this.phase.name !== 'in') this.phase = { name: 'opening' };
    void this.#look();
  }

  async #standing(): Promise<Standing> {
    const [account, status] = [await this.#client.account(), await this.#client.status()];
    return { account, status };
  }

  async #look(): Promise<void> {
    try {
      await this.#found(await this.#standing());
    } catch (thrown) {
      this.phase = { name: 'broken', refusal: refusalOf(thrown) };
    }
  }

  async #found({ account, status }: Standing): Promise<void> {
    this.#belongsTo(account);
    if (this.#asking) return;
    const invitation = remembered.invitation.get();
    if (invitation !== null) await this.#consider(invitation, account, status);
    else if (account === null) await this.#comeBack();
    else if (status.problem && ENDED.includes(status.problem.code)) this.phase = { name: 'ended', refusal: status.problem };
    else this.phase = { name: 'in' };
  }

  #belongsTo(account: string | null): void {
    this.account = account;
    void useDrafts(account);
  }

  // One's own link is a door that one may use again; somebody else's must not erase anything without a question.
  async #consider(invitation: string, account: string | null, status: SyncStatus): Promise<void> {
    this.#asking = true;
    if (account === null) {
      this.phase = { name: 'invited' };
      return;
    }
    // What is here need not wait for a network that may be silent.
    const slow = isAway(status) ? undefined : setTimeout(() => (this.phase = { name: 'in' }), ASKING_MS_MAX);
    const found = await peek(invitation).catch(() => null);
    clearTimeout(slow);
    const others = found?.state === 'open' && found.account !== account;
    if (others) this.phase = { name: 'taken', unsaved: unsavedEdits(status) };
    else if (isAway(status)) this.phase = { name: 'invited' };
    else this.goOn();
  }

  // A browser may throw the store away and keep the cookie.
  async #comeBack(): Promise<void> {
    if (this.phase.name !== 'welcome') this.phase = { name: 'opening' };
    this.#asking = true;
    try {
      if (remembered.left.get()) {
        await leave();
        remembered.left.set(false);
      } else {
        const found = await session();
        if (found !== null) {
          await this.#client.enrol(found.account, found.device);
          this.#belongsTo(found.account);
          this.phase = { name: 'in' };
        }
      }
    } catch {
      // Without the server there is only the link.
    }
    this.#asking = false;
    if (this.phase.name !== 'in') this.phase = { name: 'welcome' };
  }

  async #enrol(mustBeSame: boolean): Promise<void> {
    this.#asking = true;
    this.phase = { name: 'enrolling' };
    try {
      const invitation = remembered.invitation.get() ?? '';
      const known = await this.#client.account();
      if (mustBeSame && (await peek(invitation)).account !== known) {
        this.phase = { name: 'taken', unsaved: unsavedEdits(await this.#client.status()) };
        return;
      }
      const { account, device } = await redeem(invitation, remembered.attempt.get(), this.#label());
      await this.#client.enrol(account, device);
      this.#belongsTo(account);
      remembered.invitation.set(null);
      remembered.attempt.over();
      remembered.left.set(false);
      this.#asking = false;
      this.phase = { name: 'in' };
    } catch (thrown) {
      this.#refuse(refusalOf(thrown));
    }
  }

  #refuse(refusal: Refusal): void {
    this.phase = { name: 'refused', refusal, again: WORTH_ANOTHER_TRY.includes(refusal.code) };
  }
}
