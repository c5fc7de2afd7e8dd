const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]';

/**
 * Moves the focus to what is nearest when the element that has it is removed: a keyboard or a screen reader would otherwise
 * begin anew at the top of the page. Returns what stops it.
 */
export function guardFocus(page: Document): () => void {
  let last: Element | null = null;
  // Where the element was, from its parent outwards: once removed it no longer knows.
  let around: Element[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const remember = ({ target }: FocusEvent) => {
    if (!(target instanceof Element)) return;
    last = target;
    around = [];
    for (let parent = target.parentElement; parent; parent = parent.parentElement) around.push(parent);
  };
  const mend = () => {
    if (last && !last.isConnected && page.activeElement === page.body) focusWithin(around);
  };
  // After whoever removed the element had a chance to choose better.
  const observer = new MutationObserver(() => {
    if (!last || last.isConnected) return;
    clearTimeout(timer);
    timer = setTimeout(mend, 0);
  });

  page.addEventListener('focusin', remember);
  observer.observe(page.body, { childList: true, subtree: true });
  return () => {
    page.removeEventListener('focusin', remember);
    observer.disconnect();
    clearTimeout(timer);
  };
}

/** Focuses the first thing in the innermost of the elements that is still on the page. */
function focusWithin(around: Element[]): void {
  const place = around.find((parent) => parent.isConnected && parent.querySelector(FOCUSABLE) !== null);
  place?.querySelector<HTMLElement>(FOCUSABLE)?.focus({ preventScroll: place.tagName === 'MAIN' });
}

/** Gives the focus back to where it was, if nothing else has taken it, and shows what has it: the page may have grown meanwhile. */
export function returnFocus(opener: Element | null): void {
  if (document.activeElement === document.body && opener instanceof HTMLElement && opener.isConnected) opener.focus();
  if (document.activeElement !== document.body) document.activeElement?.scrollIntoView({ block: 'nearest' });
}
