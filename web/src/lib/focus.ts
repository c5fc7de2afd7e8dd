const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]';
/** Elements that hold the page together: what is first in them is far from what was there. */
const WHOLE = 'html, body, #app, main, main > *';
/** How many elements that had the focus are remembered; one that comes and goes, such as a sheet, has some. */
const REMEMBERED_COUNT = 20;

/** Where an element is, so that its surroundings are known once it is gone. */
interface Place {
  element: Element;
  /** From its parent outwards. */
  around: Element[];
  /** What follows it and each of these, and then what precedes them, as of now. */
  beside: Element[];
}

const places: Place[] = [];

function placeOf(element: Element): Place {
  const around: Element[] = [];
  for (let parent = element.parentElement; parent; parent = parent.parentElement) around.push(parent);
  const beside = [element, ...around].flatMap((node) => [node.nextElementSibling, node.previousElementSibling]);
  return { element, around, beside: beside.filter((node) => node !== null) };
}

/**
 * Moves the focus to what is nearest when the element that has it is removed: a keyboard or a screen reader would otherwise
 * begin anew at the top of the page. Returns what stops it.
 */
export function guardFocus(page: Document): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  const remember = ({ target }: FocusEvent) => {
    if (!(target instanceof Element)) return;
    const known = places.findIndex(({ element }) => element === target);
    if (known >= 0) places.splice(known, 1);
    places.push(placeOf(target));
    if (places.length > REMEMBERED_COUNT) places.shift();
  };
  const isLost = () => {
    const last = places.at(-1)?.element;
    return last !== undefined && !isThere(last) && page.activeElement === page.body;
  };
  // After whoever removed the element had a chance to choose better.
  const observer = new MutationObserver(() => {
    if (!isLost()) return;
    clearTimeout(timer);
    timer = setTimeout(() => isLost() && returnFocus(null), 0);
  });

  page.addEventListener('focusin', remember);
  observer.observe(page.body, { childList: true, subtree: true, attributeFilter: ['hidden'] });
  return () => {
    page.removeEventListener('focusin', remember);
    observer.disconnect();
    clearTimeout(timer);
  };
}

function isThere(element: Element): boolean {
  return element.isConnected && element.getClientRects().length > 0;
}

/** The first thing in an element that can have the focus, or the element itself. */
function focusableIn(element: Element): HTMLElement | null {
  const found = element.matches(FOCUSABLE) ? element : element.querySelector(FOCUSABLE);
  return found instanceof HTMLElement && isThere(found) ? found : null;
}

/** What is nearest to where an element was, without what merely is the first on the page. */
function nearTo({ around, beside }: Place): HTMLElement | null {
  const near = around.filter((element) => isThere(element) && !element.matches(WHOLE)).map(focusableIn);
  const siblings = beside.filter((element) => isThere(element) && element.closest('main > * > *, dialog')).map(focusableIn);
  return [...near, ...siblings].find((found) => found !== null) ?? null;
}

/**
 * Gives the focus back to where it was, if nothing else has taken it: to the opener, to what had it before, or near to either.
 * It shows what has it, and scrolls no further than that takes.
 */
export function returnFocus(opener: Element | null): void {
  if (document.activeElement === document.body) {
    const known = opener && (places.findLast(({ element }) => element === opener) ?? placeOf(opener));
    const before = known ? [known] : [...places].reverse();
    const found = before.map((place) => (isThere(place.element) ? place.element : nearTo(place))).find((element) => element !== null);
    const target = found ?? document.querySelector('main h1');
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  }
  const shown = document.activeElement;
  if (!shown || shown === document.body) return;
  // What stays in a bar is in sight, wherever the page is; scrolling to it would go to the bar's own place.
  const { top, bottom } = shown.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) shown.scrollIntoView({ block: 'nearest' });
}
