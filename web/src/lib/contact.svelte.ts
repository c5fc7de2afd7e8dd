import { ANSWER_MS_MAX } from './enrol.ts';
import { contact } from './remembered.ts';

/** The longest address that is believed; the server lets an operator name a shorter one. */
const CONTACT_CHARS_MAX = 500;

/** Whom people write to who find something that they cannot use: as the server says, or as this device last heard. */
export class Contact {
  address = $state<string | null>(contact.get());

  constructor(request: typeof fetch = fetch) {
    $effect(() => void this.#ask(request));
  }

  async #ask(request: typeof fetch): Promise<void> {
    try {
      const response = await request('/contact', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS_MAX) });
      const answer: unknown = await response.json();
      if (!response.ok || typeof answer !== 'object' || answer === null || !('contact' in answer)) return;
      this.address = contactLink(answer.contact) === null ? null : String(answer.contact);
      contact.set(this.address);
    } catch {
      // Offline, what was heard last stays.
    }
  }
}

/** The link for an address of a person or a page; null for anything else. */
export function contactLink(address: unknown): string | null {
  if (typeof address !== 'string' || address.length > CONTACT_CHARS_MAX) return null;
  if (address.startsWith('https://') && URL.canParse(address)) return address;
  return /^[^\s@:]+@[^\s@]+$/.test(address) ? `mailto:${address}` : null;
}
