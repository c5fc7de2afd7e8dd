import { expect, test } from 'vitest';
import { invitationIn, leave, redeem } from '../src/lib/enrol.ts';
import { deviceParts } from '../src/lib/device-name.ts';
import { denialOf, denialOfClose } from '../src/worker/denied.ts';
import { contactLink } from '../src/lib/contact.svelte.ts';
import { mapLink, webLink } from '../src/lib/links.ts';
import { later } from '../src/lib/times.ts';
import { routeOf } from '../src/lib/router.svelte.ts';

const answering = (status: number, body: unknown): typeof fetch => async () => new Response(JSON.stringify(body), { status });
const offline: typeof fetch = async () => {
  throw new TypeError('Failed to fetch');
};

test('an invitation is taken from the fragment and redeemed', async () => {
  expect(invitationIn('https://x/#enrol=abc_-1')).toBe('abc_-1');
  for (const address of ['https://x/#day-2021-12-13', 'https://x/enrol=abc', 'https://x/#enrol=']) expect(invitationIn(address)).toBeNull();
  const secret = 'Ab-_'.repeat(11).slice(0, 43);
  for (const [before, behind] of [['#enrol=', '.'], ['#enrol=', ')'], ['#enrol=', '%20'], ['#enrol= ', ' '], ['%23enrol=', ''], ['%23enrol%3D', '.'], ['#enrol=', '%23'], ['#enrol=', '>.']]) {
    expect(invitationIn(`https://x/${before}${secret}${behind}`), `${before}…${behind}`).toBe(secret);
  }
  const enrolled = { account: 'a', device: 'd', home: 'h' };
  expect(await redeem('abc', 'n', 'phone', answering(200, enrolled))).toEqual(enrolled);
});

test('why an invitation was refused is told by its code', async () => {
  const code = async (post: typeof fetch) => redeem('abc', 'n', 'phone', post).catch((thrown: { refusal: { code: string } }) => thrown.refusal.code);
  expect(await code(answering(409, { code: 'invitation-used' }))).toBe('invitation-used');
  expect(await code(answering(502, 'Bad gateway'))).toBe('unavailable');
  expect(await code(answering(200, {}))).toBe('unavailable');
  expect(await code(offline)).toBe('offline');
});

test('a device may leave when the server knows it, or knows it no longer', async () => {
  await leave(answering(200, {}));
  await leave(answering(401, { code: 'token-unknown' }));
  await leave(answering(401, { code: 'device-revoked' }));
  await expect(leave(answering(503, { code: 'unavailable' }))).rejects.toMatchObject({ refusal: { code: 'unavailable' } });
  await expect(leave(offline)).rejects.toMatchObject({ refusal: { code: 'offline' } });
});

test('what the server says of a device that it lets in no longer reaches the core', async () => {
  expect(denialOfClose(4401, 'revoked')).toBe('revoked');
  expect(denialOfClose(4401, 'erased')).toBe('erased');
  expect(denialOfClose(4401, 'expired')).toBe('unauthorised');
  expect(denialOfClose(1001, 'revoked')).toBeNull();
  const said = (status: number, code: string) => denialOf(new Response(JSON.stringify({ code }), { status }));
  expect(await said(401, 'device-revoked')).toBe('revoked');
  expect(await said(401, 'account-erased')).toBe('erased');
  expect(await said(401, 'token-unknown')).toBe('unauthorised');
  expect(await said(426, 'websocket-only')).toBeNull();
});

test('a device is called by its browser and its system', () => {
  const android = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36';
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
  expect(deviceParts(android)).toEqual({ browser: 'Chrome', system: 'Android' });
  expect(deviceParts(iphone)).toEqual({ browser: 'Safari', system: 'iPhone' });
  expect(deviceParts('')).toEqual({ browser: 'samsynk', system: '?' });
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

test('a map is asked for an address alone', () => {
  expect(mapLink(' Storforsplan 36,\n Farsta & co ')).toBe('https://www.openstreetmap.org/search?query=Storforsplan+36%2C+Farsta+%26+co');
});

test('a contact is a person or a page, and nothing that runs', () => {
  expect(contactLink('hjalp@stad.example')).toBe('mailto:hjalp@stad.example');
  expect(contactLink('https://stad.example/kontakt')).toBe('https://stad.example/kontakt');
  for (const wrong of [null, 7, '', 'javascript:a@b', 'http://x', `${'a'.repeat(600)}@b.se`]) expect(contactLink(wrong)).toBeNull();
});
