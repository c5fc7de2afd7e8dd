import type { ItineraryView } from '../generated/ItineraryView.ts';
import { client } from './store.ts';

/** The person has seen the changes up to the newest version. */
export function acknowledge({ diary, itinerary, version }: ItineraryView): Promise<string> {
  return client.edit(diary, { kind: 'diary', edit: { action: 'acknowledge', itinerary, version } });
}

/** The person confirms secrecy. Whoever opens an itinerary for the first time has no changes to catch up on. */
export async function confirmSecrecy(shown: ItineraryView): Promise<void> {
  const { diary, itinerary, acknowledged } = shown;
  const at = new Date().toISOString();
  await client.edit(diary, { kind: 'diary', edit: { action: 'confirm-secrecy', itinerary, at } });
  if (acknowledged === 0) await acknowledge(shown);
}

export function setNote({ diary, itinerary }: ItineraryView, slot: string, text: string): Promise<string> {
  return client.edit(diary, { kind: 'diary', edit: { action: 'set-note', itinerary, slot, text } });
}
