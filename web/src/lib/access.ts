import { post } from './enrol.ts';

/** A device of an account. */
export interface DeviceLine {
  device: string;
  name: string;
  created: string;
  seen: string;
}

/** An invitation that can be used. */
export interface InvitationLine {
  invitation: string;
  created: string;
  expires: string;
}

/** Who can come in as an account. */
export interface AccountAccess {
  account: string;
  name: string;
  this: string;
  devices: DeviceLine[];
  invitations: InvitationLine[];
  others: boolean;
}

/** An account that was found. */
export interface AccountLine {
  account: string;
  name: string;
  roles: string[];
  /** Whether the person's identity is protected: nobody who looks for them may overlook it. */
  protected: boolean;
}

/** The first accounts that were found, by name, and how many more there are. */
export interface FoundAccounts {
  accounts: AccountLine[];
  more: number;
}

/** A link that enrols one device, and its QR code, a text of 0 and 1 for each row. */
export interface NewInvitation {
  link: string;
  qr: string[];
}

/** Devices and invitations, one's own or those of somebody whom one looks after; only with the server. */
export const access = {
  overview: (account: string | null) => post('/access', { ask: 'overview', account }) as Promise<AccountAccess>,
  find: (text: string) => post('/access', { ask: 'find', text }) as Promise<FoundAccounts>,
  name: (device: string, name: string) => post('/access', { ask: 'name', device, name }),
  revoke: (device: string) => post('/access', { ask: 'revoke', device }),
  revokeAll: (account: string | null) => post('/access', { ask: 'revoke-all', account }),
  invite: (account: string | null) => post('/access', { ask: 'invite', account }) as Promise<NewInvitation>,
  withdraw: (invitation: string) => post('/access', { ask: 'withdraw', invitation }),
};
