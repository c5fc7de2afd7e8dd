/** Why the server lets this device in no longer: its token is unknown, the device revoked, or the account erased. */
export type Denial = 'unauthorised' | 'revoked' | 'erased';

/** The code with which the server closes a connection of a token that is no longer good. */
const DENIED = 4401;

/** What a closed connection says, if it says that. */
export function denialOfClose(code: number, reason: string): Denial | null {
  if (code !== DENIED) return null;
  return reason === 'revoked' || reason === 'erased' ? reason : 'unauthorised';
}

/** What an answer to a plain request says, if it says that. */
export async function denialOf(answer: Response): Promise<Denial | null> {
  if (answer.status !== 401) return null;
  const body: unknown = await answer.json().catch(() => null);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : '';
  return code === 'device-revoked' ? 'revoked' : code === 'account-erased' ? 'erased' : 'unauthorised';
}
