// Takes the pictures of the documentation from a running demo town: `make pictures`.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { Phone } from '../tests/browser/lib/phone.mjs';
import { Town } from '../tests/browser/lib/town.mjs';

const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
const calm = { colorScheme: 'light', reducedMotion: 'reduce' };

const button = (phone, name) => phone.page.getByRole('button', { name });

async function picture(phone, name) {
  await phone.page.screenshot({ path: `${folder}/${name}.png` });
}

/** Opens the plan at Farsta and one of its slots. */
async function openSlot(phone, title) {
  await phone.open('/');
  await phone.plan.click();
  await button(phone, new RegExp(`^Edit ${title}`)).click();
  return phone.page.getByRole('dialog');
}

async function edit(phone, title, field, value) {
  const sheet = await openSlot(phone, title);
  await sheet.getByLabel(field, { exact: true }).fill(value);
  await sheet.getByRole('button', { name: 'Done' }).click();
}

async function saved(phone) {
  await phone.page.getByText('Saved on the server').first().waitFor();
}

async function takeAll(town) {
  const student = await Phone.of(town, 'student-farsta', calm);
  await button(student, 'I understand and confirm').click();
  await student.page.getByText('Version 1').waitFor();

  const testa = await Phone.of(town, 'staff-farsta', calm);
  await testa.plan.waitFor();
  await edit(testa, 'Välkommen', 'Room', 'Rum Eken, plan 2');
  await edit(testa, 'Välkommen', 'Bring', 'Legitimation och vattenflaska');
  await saved(testa);
  await button(testa, 'Publish').click();
  await testa.page.getByRole('dialog').getByRole('button', { name: /^Publish version/ }).click();
  await testa.page.getByText('Version 2').first().waitFor();
  await student.page.getByRole('region', { name: /What changed/ }).waitFor();
  await student.page.evaluate(() => scrollTo(0, 0));
  await picture(student, 'itinerary');

  await edit(testa, 'Välkommen', 'Ends', '10:30');
  await testa.page.getByText(/^\d+ warnings?$/).waitFor();
  await saved(testa);
  await testa.page.evaluate(() => scrollTo(0, 0));
  await picture(testa, 'plan');
  await edit(testa, 'Välkommen', 'Ends', '10:00');
  await testa.page.getByText('No warnings').waitFor();

  const fia = await Phone.of(town, 'staff-farsta-2', calm);
  await fia.plan.waitFor();
  await testa.readyForOffline();
  await fia.readyForOffline();
  await testa.network.cut();
  await fia.network.cut();
  await edit(testa, 'Välkommen', 'Room', 'Rum Asken');
  await edit(fia, 'Välkommen', 'Room', 'Rum Boken');
  await testa.open('/status');
  await testa.page.getByText('Only on this device').waitFor();
  await picture(testa, 'status');
  await testa.network.restore();
  await fia.network.restore();
  await button(fia, 'Keep “Rum Asken”').waitFor();
  await button(fia, 'Keep “Rum Asken”').scrollIntoViewIfNeeded();
  await picture(fia, 'conflict');
  for (const phone of [student, testa, fia]) await phone.throwAway();
}

await mkdir(folder, { recursive: true });
const town = await Town.start();
try {
  await takeAll(town);
} finally {
  await town.stop();
}
