import type { Refusal } from '../generated/Refusal.ts';
import { Refused } from './refused.ts';

/** The invitation in a link's fragment, `#enrol=TOKEN`, which browsers never send to a server. */
export function invitationIn(hash: string): string | null {
  return new URLSearchParams(hash.slice(1)).get('enrol');
}

/** Redeems an invitation; the device's token comes as a cookie that scripts cannot read. */
export async function redeem(invitation: string, post: typeof fetch = fetch): Promise<{ account: string; device: string }> {
  const response = await reach(post, '/enrol', JSON.stringify({ invitation }));
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new Refused({ code: codeOf(response.status, answer), params: {} });
  if (!isEnrolment(answer)) throw new Refused({ code: 'unavailable', params: {} });
  return answer;
}

/** Gives the device's access back. */
export async function leave(post: typeof fetch = fetch): Promise<void> {
  const response = await reach(post, '/leave', '{}');
  // A device whose access is already gone has nothing to give back.
  if (!response.ok && response.status !== 401) throw new Refused({ code: codeOf(response.status, null), params: {} });
}

async function reach(post: typeof fetch, path: string, body: string): Promise<Response> {
  try {
    return await post(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  } catch {
    throw new Refused({ code: 'offline', params: {} });
  }
}

function codeOf(status: number, answer: unknown): string {
  if (typeof answer === 'object' && answer !== null && 'code' in answer) return String((answer as Refusal).code);
  return status === 429 ? 'too-many-attempts' : 'unavailable';
}

function isEnrolment(answer: unknown): answer is { account: string; device: string } {
  return typeof answer === 'object' && answer !== null && 'account' in answer && 'device' in answer;
}
