// How many characters the core takes; a test compares these with its `limits.rs`.

export const TEXT_CHARS_MAX = 8_000;
export const TITLE_CHARS_MAX = 200;
export const LINK_CHARS_MAX = 2_000;

/** How many characters of a text the core counts: composed letters, nothing around them. */
export function charsOf(text: string): number {
  return [...text.normalize('NFC').trim()].length;
}
