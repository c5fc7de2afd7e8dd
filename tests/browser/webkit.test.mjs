// WebKit, where pages may keep no files: the app works in memory, says what that means, and the server has what was edited.

import { after, before, test } from 'node:test';

import { Town } from './lib/town.mjs';
import { WebKit } from './lib/webkit.mjs';

const ROOM = 'Rum Eken';

let town;
let testa;

before(async () => {
  town = await Town.start();
  testa = await WebKit.of(town, 'staff-farsta');
});

after(async () => {
  await testa?.throwAway();
  await town?.stop();
});

test('without files the app works in memory, and says what that means', async () => {
  await testa.sees('[role="status"]', 'The browser keeps nothing for the app');
  await testa.click('[role="status"] button', 'Close');
  await testa.click('a[href="/device"]');
  await testa.sees('main', 'lasts until the app’s last tab is closed');
});

test('a page that was left and is kept asleep does not keep the store from others, and wakes up with it', async () => {
  await testa.open('/');
  await testa.sees('a[href^="/plan/"]', 'Farsta');
  await testa.open('/accessibility');
  await testa.sees('nav a', 'Saved');
  await testa.goBack();
  await testa.sees('a[href^="/plan/"]', 'Farsta');
});

test('what is typed is saved on the server, and published', async () => {
  await testa.click('a[href^="/plan/"]', 'Farsta');
  await testa.click('main li button[aria-label^="Edit "]');
  await testa.type('dialog input', 'Room', ROOM);
  await testa.click('dialog button', 'Done');
  await testa.sees('main li', ROOM);
  await testa.sees('main', 'Saved on the server');
  await testa.click('button', 'Publish');
  await testa.sees('dialog', ROOM);
  await testa.click('dialog button', 'Publish version 2');
  await testa.sees('[role="status"]', 'Version 2 is published.');
});

test('the cookie brings the person back after a reload, with all that the server has', async () => {
  await testa.reload();
  await testa.sees('main li', ROOM);
  await testa.sees('main', 'Saved on the server');
});
