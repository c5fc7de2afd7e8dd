import type { Storage } from '../lib/protocol.ts';

/** The folder in which the core's files are. */
const POOL_FOLDER = '.opfs-sahpool';

/**
 * Finds out whether the browser keeps files for the app: old ones and some private windows do not. Where there are files
 * already, memory would hide them, so the answer is `disk` and opening says what is wrong.
 */
export async function findStorage(): Promise<Storage> {
  try {
    const root = await navigator.storage.getDirectory();
    if (await exists(root, POOL_FOLDER)) return 'disk';
    const name = `probe-${crypto.randomUUID()}`;
    const file = await root.getFileHandle(name, { create: true });
    try {
      (await file.createSyncAccessHandle()).close();
    } finally {
      await root.removeEntry(name);
    }
    return 'disk';
  } catch {
    return 'memory';
  }
}

async function exists(root: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  // Without access handles its files could not be read either, whoever made them.
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return false;
  return root.getDirectoryHandle(name).then(() => true, () => false);
}

/** Tells the core why a write failed: SQLite sees only that it did. */
export function watchRoom(note: (isOut: boolean) => void): void {
  if (!('FileSystemSyncAccessHandle' in self)) return;
  const files = FileSystemSyncAccessHandle.prototype;
  const write = files.write;
  let isOut = false;
  const learn = (now: boolean) => {
    if (now !== isOut) note((isOut = now));
  };
  files.write = function (...args) {
    try {
      const written = write.apply(this, args);
      learn(false);
      return written;
    } catch (thrown) {
      learn(thrown instanceof DOMException && thrown.name === 'QuotaExceededError');
      throw thrown;
    }
  };
}
