import type { Attachment } from 'svelte/attachments';

/**
 * Tells an element's height to the style sheet as a variable of `within`, or of the page: what scrolls keeps clear of a bar
 * that stays, however large its text is.
 */
export function measured(variable: `--${string}`, within?: string): Attachment<HTMLElement> {
  return (bar) => {
    const scroller = (within === undefined ? null : bar.closest<HTMLElement>(within)) ?? document.documentElement;
    const tell = () => {
      const stays = getComputedStyle(bar).position === 'sticky';
      scroller.style.setProperty(variable, stays ? `${bar.offsetHeight}px` : '0px');
    };
    const observer = new ResizeObserver(tell);
    tell();
    observer.observe(bar);
    return () => {
      observer.disconnect();
      scroller.style.removeProperty(variable);
    };
  };
}
