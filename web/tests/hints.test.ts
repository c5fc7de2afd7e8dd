import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveHints } from '../src/lib/hints.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the core hears of the network, and that somebody looks for as long as somebody does', () => {
  const page = new EventTarget() as EventTarget & Pick<Window, 'addEventListener'>;
  const view = Object.assign(new EventTarget(), { visibilityState: 'visible' as DocumentVisibilityState });
  const given: string[] = [];
  const said = () => given.splice(0).join();
  const stop = giveHints(async (hint) => given.push(hint), page, view as unknown as Document);
  expect(said()).toBe('foreground');
  page.dispatchEvent(new Event('offline'));
  page.dispatchEvent(new Event('online'));
  expect(said()).toBe('offline,online');
  vi.advanceTimersByTime(20_000);
  expect(said()).toBe('foreground,foreground');

  view.visibilityState = 'hidden';
  view.dispatchEvent(new Event('visibilitychange'));
  vi.advanceTimersByTime(60_000);
  expect(said()).toBe('');
  view.visibilityState = 'visible';
  view.dispatchEvent(new Event('visibilitychange'));
  expect(said()).toBe('foreground,online');

  stop();
  page.dispatchEvent(new Event('online'));
  vi.advanceTimersByTime(60_000);
  expect(said()).toBe('');
});
