/** A map of a street address: OpenStreetMap asks nobody who they are. */
export function mapLink(address: string): string {
  return `https://www.openstreetmap.org/search?${new URLSearchParams({ query: address.replaceAll(/\s+/g, ' ').trim() })}`;
}

/** An address that a browser may open, or null: what people typed may be anything. */
export function webLink(text: string): string | null {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
}
