import type { Client } from './client.ts';
import type { Storage } from './protocol.ts';

/** What Chromium hands over when the app can be installed. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

/** Where it is remembered that somebody does not want to install. */
const DECLINED = 'install-declined';

let storage = $state<Storage | null>(null);
let persisted = $state<boolean | null>(null);
let offer = $state.raw<InstallEvent | null>(null);
let declined = $state(isDeclined());

/** Where the store is; null until it is known. */
export function storageKind(): Storage | null {
  return storage;
}

/** Whether the browser has promised to keep what is stored; null where it cannot say. */
export function isPersisted(): boolean | null {
  return persisted;
}

/** Whether installing should be suggested, and how: the browser asks, or people do it by a menu. */
export function installOffer(): 'prompt' | 'menu' | null {
  if (declined || matchMedia('(display-mode: standalone)').matches) return null;
  if (offer) return 'prompt';
  return /iPhone|iPad/.test(navigator.userAgent) ? 'menu' : null;
}

export function declineInstall(): void {
  declined = true;
  try {
    localStorage.setItem(DECLINED, 'true');
  } catch {
    // Storage may be forbidden; it is then asked again the next time.
  }
}

export async function install(): Promise<void> {
  await offer?.prompt();
  offer = null;
}

/** Has the browser keep what is stored, and learns where that is. To be called once a device is somebody's. */
export async function keepStored(client: Client): Promise<void> {
  storage = await client.storage().catch(() => null);
  if (storage !== 'disk' || !navigator.storage?.persist) return;
  persisted = (await navigator.storage.persisted()) || (await navigator.storage.persist());
}

/** Notes when the browser offers to install. Returns what stops it. */
export function followInstall(): () => void {
  const take = (event: Event) => {
    event.preventDefault();
    offer = event as InstallEvent;
  };
  addEventListener('beforeinstallprompt', take);
  return () => removeEventListener('beforeinstallprompt', take);
}

function isDeclined(): boolean {
  try {
    return localStorage.getItem(DECLINED) !== null;
  } catch {
    return false;
  }
}
