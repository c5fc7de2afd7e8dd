import type { Attachment } from 'svelte/attachments';

/** Scrolls to what has the focus, where a bar has grown over it. */
function uncover(bar: HTMLElement): void {
  const focused = document.activeElement;
  if (!focused || focused.matches('body, main') || bar.contains(focused)) return;
  const [over, under] = [bar.getBoundingClientRect(), focused.getBoundingClientRect()];
  if (under.bottom > over.top && under.top < over.bottom) focused.scrollIntoView({ block: 'nearest' });
}

/**
 * Tells an element's height to the style sheet as a variable of `within`, or of the page: what scrolls keeps clear of a bar
 * that stays, however large its text is, and what has the focus stays clear of it when it grows.
 */
export function measured(variable: `--${string}`, within?: string): Attachment<HTMLElement> {
  return (bar) => {
    const scroller = (within === undefined ? null : bar.closest<HTMLElement>(within)) ?? document.documentElement;
    const tell = () => {
      const stays = getComputedStyle(bar).position === 'sticky';
      scroller.style.setProperty(variable, stays ? `${bar.offsetHeight}px` : '0px');
    };
    const observer = new ResizeObserver(() => {
      tell();
      uncover(bar);
    });
    tell();
    observer.observe(bar);
    return () => {
      observer.disconnect();
      scroller.style.removeProperty(variable);
    };
  };
}
