/** The longest that `setTimeout` can wait, in milliseconds. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** Calls back once when the clock shows a moment; returns what stops it. */
export function wakeAt(moment: number, wake: () => void): () => void {
  const timer = setTimeout(wake, Math.min(Math.max(moment - Date.now(), 0), TIMEOUT_MS_MAX));
  return () => clearTimeout(timer);
}
