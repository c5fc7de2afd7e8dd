// Notes as samsynk's own devices write them, so that they can be shared.

import { next as Automerge } from '@automerge/automerge';

/** A text that is one value. Plain strings are collaborative texts since Automerge 3. */
export function text(words) {
  return new Automerge.ImmutableString(words);
}

/** A new note of a person, shared with others. */
export function note(owner, ...others) {
  return {
    kind: text('note'),
    schema: 1,
    owner: text(owner.account),
    title: text('Note'),
    text: text(''),
    shared: Object.fromEntries(others.map(({ account }) => [account, true])),
  };
}
