/** The fields on screen, by how each stores what was typed into it. */
const fields = new Set<() => Promise<void>>();

/** Notes a field for as long as it is on screen; returns what takes it away. */
export function joinForm(commit: () => Promise<void>): () => void {
  fields.add(commit);
  return () => void fields.delete(commit);
}

/** Stores what all fields on screen hold, and leads to the first that was refused. Returns whether none was. */
export async function settleForm(form: Element): Promise<boolean> {
  await Promise.all([...fields].map((commit) => commit()));
  // The view shows what was refused after this.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const refused = form.querySelector<HTMLElement>('[aria-invalid="true"]');
  refused?.focus();
  refused?.scrollIntoView({ block: 'center' });
  return refused === null;
}
