import type { Missing } from '../generated/Missing.ts';
import type { SyncStatus } from '../generated/SyncStatus.ts';
import type { View } from '../generated/View.ts';
import type { ViewData } from '../generated/ViewData.ts';
import type { Client } from './client.ts';
import { refusalOf } from './refused.ts';
import { client } from './store.ts';

type DataOf<K extends ViewData['view']> = Extract<ViewData, { view: K }>['data'];

/** The store has nothing to show of a document. */
class Nothing extends Error {
  constructor(readonly missing: Missing) {
    super(missing.presence);
  }
}

/** Why nothing is shown where the store could not be asked, or not for this. */
function unreadable(thrown: unknown): Missing {
  const refusal = refusalOf(thrown);
  return { presence: refusal.code === 'malformed-call' ? 'not-there' : 'here', refusal };
}

/** A value from the store that follows its changes while the component lives. */
export class Live<T> {
  value = $state.raw<T | null>(null);
  missing = $state.raw<Missing | null>(null);

  /** `read` may use reactive values: it is then read anew. */
  constructor(read: () => (client: Client) => Promise<T>) {
    $effect(() => {
      const reading = read();
      this.value = null;
      return client.watch(
        reading,
        (value) => {
          this.value = value;
          this.missing = null;
        },
        (thrown) => {
          // What is withdrawn is not shown any more; a read that failed does not take the last good copy away.
          if (thrown instanceof Nothing) this.value = null;
          if (this.value === null) this.missing = thrown instanceof Nothing ? thrown.missing : unreadable(thrown);
        },
      );
    });
  }
}

/** What one screen shows. */
export function liveView<V extends View>(view: () => V): Live<DataOf<V['view']>> {
  return new Live(() => {
    const asked = view();
    return async (client) => {
      const found = await client.view(asked);
      if (found.view === 'missing') throw new Nothing(found.data);
      return found.data as DataOf<V['view']>;
    };
  });
}

/** How this device stands with its server. */
export function liveStatus(): Live<SyncStatus> {
  return new Live(() => (client) => client.status());
}
