import { expect, test } from 'vitest';
import { invitationIn, leave, redeem } from '../src/lib/enrol.ts';
import { webLink } from '../src/lib/links.ts';
import { later } from '../src/lib/times.ts';
import { routeOf } from '../src/lib/router.svelte.ts';

const answering = (status: number, body: unknown): typeof fetch => async () => new Response(JSON.stringify(body), { status });
const offline: typeof fetch = async () => {
  throw new TypeError('Failed to fetch');
};

test('an invitation is taken from the fragment and redeemed', async () => {
  expect(invitationIn('#enrol=abc_-1')).toBe('abc_-1');
  expect(invitationIn('#day-2021-12-13')).toBeNull();
  const enrolled = { account: 'a', device: 'd', home: 'h' };
  expect(await redeem('abc', answering(200, enrolled))).toEqual(enrolled);
});

test('why an invitation was refused is told by its code', async () => {
  const code = async (post: typeof fetch) => redeem('abc', post).catch((thrown: { refusal: { code: string } }) => thrown.refusal.code);
  expect(await code(answering(409, { code: 'invitation-used' }))).toBe('invitation-used');
  expect(await code(answering(502, 'Bad gateway'))).toBe('unavailable');
  expect(await code(answering(200, {}))).toBe('unavailable');
  expect(await code(offline)).toBe('offline');
});

test('a device may leave when the server knows it, or knows it no longer', async () => {
  await leave(answering(200, {}));
  await leave(answering(401, { code: 'token-unknown' }));
  await expect(leave(offline)).rejects.toMatchObject({ refusal: { code: 'offline' } });
});

test('paths lead to screens, and other paths to none', () => {
  expect(routeOf('/')).toEqual({ screen: 'home' });
  expect(routeOf('/itinerary/abc')).toEqual({ screen: 'itinerary', id: 'abc' });
  expect(routeOf('/status')).toEqual({ screen: 'status' });
  for (const path of ['/plan', '/plan/a/b', '/status/x', '/sync']) {
    expect(routeOf(path)).toEqual({ screen: 'unknown' });
  }
});

test('only addresses of the web become links', () => {
  expect(webLink(' https://meet.example.se/a ')).toBe('https://meet.example.se/a');
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'meet.example.se', '']) expect(webLink(text)).toBeNull();
});

test('a new slot is an hour long and ends on its day', () => {
  expect([later('09:00', 60), later('09:45', 60), later('23:30', 60)]).toEqual(['10:00', '10:45', '23:59']);
});
