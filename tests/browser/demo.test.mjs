// The README's first command: a running town, one link for each role, several people in one browser.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { launch, tapToOpen } from './lib/phone.mjs';
import { program } from './lib/town.mjs';

/** Starts the demo, and gives its links by role once it serves. */
async function demo(t) {
  const data = await mkdtemp(path.join(tmpdir(), 'samsynk-demo-'));
  const child = spawn(program, ['demo', '--listen', '127.0.0.1:0', '--data', data], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(data, { recursive: true, force: true });
  });
  const links = new Map();
  for await (const line of createInterface({ input: child.stdout })) {
    const [role, link] = line.split('\t');
    links.set(role, link);
    if (links.size === 11) break;
  }
  return links;
}

test('a student and a colleague open their links side by side, in Swedish', async (t) => {
  const links = await demo(t);
  for (const role of ['student-farsta', 'staff-farsta', 'staff-rinkeby-kista', 'coordinator', 'lead']) {
    assert.match(links.get(role), new RegExp(`^http://${role}\\.localhost:\\d+/#enrol=`));
  }
  const browser = await launch({ locale: 'sv-SE' });
  t.after(() => browser.close());

  const student = await browser.newPage();
  await student.goto(links.get('student-farsta'));
  await tapToOpen(student);
  await student.getByRole('heading', { name: 'Tystnadsplikt' }).waitFor();
  await student.getByRole('button', { name: 'Jag förstår och bekräftar' }).click();
  await student.getByRole('heading', { name: /måndag 13 december/i }).waitFor();

  const staff = await browser.newPage();
  await staff.goto(links.get('staff-farsta'));
  await tapToOpen(staff);
  await staff.getByRole('heading', { name: 'Hej, Testa Testsson!' }).waitFor();
  await student.reload();
  await student.getByRole('heading', { name: /måndag 13 december/i }).waitFor();
});
