// Prints what the app costs in headless Chromium: `make figures`. Not a test.

import { Phone } from './lib/phone.mjs';
import { Town } from './lib/town.mjs';

const RELOADS = 11;
const EDITS = 101;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** From reload to the last day's heading, with the network cut. */
async function reloads(phone, throttling) {
  const session = await phone.page.context().newCDPSession(phone.page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttling });
  const times = [];
  for (let i = 0; i < RELOADS; i += 1) {
    await phone.page.reload();
    await phone.page.getByRole('heading', { name: /15 December/ }).waitFor();
    times.push(await phone.page.evaluate(() => performance.now()));
  }
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  return median(times);
}

/** From asking the app's worker for an edit until it answers: the edit is then on disk. */
async function edits(phone) {
  const worker = await phone.page.evaluate(
    () => performance.getEntriesByType('resource').find(({ name }) => /\/main-.*\.js$/.test(name)).name,
  );
  await phone.open('/icon.svg');
  return phone.page.evaluate(async ([address, count]) => {
    const core = new Worker(address, { type: 'module' });
    let id = 0;
    const call = (method, ...args) =>
      new Promise((resolve, reject) => {
        id += 1;
        const mine = id;
        const answer = ({ data }) => {
          if (data.type !== 'reply' || data.id !== mine) return;
          core.removeEventListener('message', answer);
          if (data.ok) resolve(data.answer);
          else reject(new Error(data.refusal.code));
        };
        core.addEventListener('message', answer);
        core.postMessage({ type: 'request', id: mine, call: { method, args } });
      });
    const note = await call('newId');
    const owner = await call('account');
    await call('edit', note, { kind: 'note', edit: { action: 'create', owner, title: '' } });
    const times = [];
    for (let i = 0; i < count; i += 1) {
      const start = performance.now();
      await call('edit', note, { kind: 'note', edit: { action: 'set-title', title: `Note ${i}` } });
      times.push(performance.now() - start);
    }
    return times;
  }, [worker, EDITS]);
}

const town = await Town.start();
try {
  const student = await Phone.of(town, 'student-farsta');
  await student.page.getByRole('button', { name: 'I understand and confirm' }).click();
  await student.page.getByRole('heading', { name: /15 December/ }).waitFor();
  await student.readyForOffline();
  await student.network.cut();
  console.log(`reload to visible itinerary, offline: ${Math.round(await reloads(student, 1))} ms`);
  console.log(`the same with the processor 4 times slower: ${Math.round(await reloads(student, 4))} ms`);
  const times = (await edits(student)).toSorted((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  console.log(`one edit on disk in Chromium: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  await student.throwAway();
} finally {
  await town.stop();
}
