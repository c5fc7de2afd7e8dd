import type { Refusal } from '../generated/Refusal.ts';
import { Refused } from './refused.ts';

/** Whose device this is, by the server's word. */
export interface Enrolment {
  account: string;
  device: string;
}

/** What an invitation is for. */
export interface Invited {
  account: string;
  state: 'open' | 'used' | 'expired';
}

/** How long the server may take to answer, in milliseconds: a network that is silent says nothing, ever. */
export const ANSWER_MS_MAX = 10_000;

// A secret is 43 characters. What an app for messages added to the link, such as a full stop or a bracket, is left out, and
// a `#` may have become `%23` on the way.
const LINK = /(?:#|%23)enrol(?:=|%3D)(?:\s|%20)*([\w-]{43}|[\w-]+)/i;

/** The invitation in a link; browsers never send its fragment to a server. */
export function invitationIn(address: string): string | null {
  return LINK.exec(address)?.[1] ?? null;
}

/** Asks what an invitation is for, which changes nothing. */
export async function peek(invitation: string, request: typeof fetch = fetch): Promise<Invited> {
  return (await post('/invitation', { invitation }, request)) as Invited;
}

/**
 * Redeems an invitation; the device's token comes as a cookie that scripts cannot read. The same attempt may be made again
 * when its answer was lost.
 */
export async function redeem(invitation: string, nonce: string, label: string, request: typeof fetch = fetch): Promise<Enrolment> {
  const answer = await post('/enrol', { invitation, nonce, label }, request);
  if (!isEnrolment(answer)) throw new Refused({ code: 'unavailable', params: {} });
  return answer;
}

/** Whose device the cookie of this browser stands for, if it stands for one. */
export async function session(request: typeof fetch = fetch): Promise<Enrolment | null> {
  const response = await reach(() => request('/session', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS_MAX) }));
  const answer: unknown = await response.json().catch(() => null);
  return response.ok && isEnrolment(answer) ? answer : null;
}

/** Gives the device's access back. */
export async function leave(request: typeof fetch = fetch): Promise<void> {
  try {
    await post('/leave', {}, request);
  } catch (thrown) {
    // A device whose access is already gone has nothing to give back.
    const gone = ['token-missing', 'token-unknown', 'device-revoked', 'account-erased'];
    if (!(thrown instanceof Refused) || !gone.includes(thrown.refusal.code)) throw thrown;
  }
}

/** Sends a request of the app to its own server; throws what is refused. */
export async function post(path: string, body: object, request: typeof fetch = fetch): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const response = await reach(() => request(path, { method: 'POST', headers, body: JSON.stringify(body), signal }));
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(refusalIn(response.status, answer));
  return answer;
}

async function reach(request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch {
    throw new Refused({ code: 'offline', params: {} });
  }
}

function refusalIn(status: number, answer: unknown): Refusal {
  if (typeof answer === 'object' && answer !== null && 'code' in answer) {
    const { code, params = {} } = answer as Partial<Refusal>;
    return { code: String(code), params };
  }
  return { code: status === 429 ? 'too-many-attempts' : 'unavailable', params: {} };
}

function isEnrolment(answer: unknown): answer is Enrolment {
  return typeof answer === 'object' && answer !== null && 'account' in answer && 'device' in answer;
}
