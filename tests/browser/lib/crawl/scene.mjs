// A town in the middle of things, for the crawler: a version that a student has not seen, a conflict, and a lost phone.

import { Phone } from '../phone.mjs';
import { Town } from '../town.mjs';

/** A town with what is in the middle of things; it does not run. Each crawl has a twin of it for itself. */
export async function lively() {
  const town = await Town.start();
  const phones = [];
  const phoneOf = async (person) => {
    const phone = await Phone.of(town, person);
    phones.push(phone);
    return phone;
  };
  try {
    const [student, staff, colleague] = [await phoneOf('student-farsta'), await phoneOf('staff-farsta'), await phoneOf('staff-farsta-2')];
    await button(student, 'I understand and confirm').click();
    await student.page.getByText('Version 1').waitFor();
    await saved(student);
    await publishARoom(staff);
    await student.page.getByText('Version 2').waitFor();
    await saved(student);
    await disagree(staff, colleague);
    for (const phone of phones) await phone.throwAway();
    await town.rest();
    return town;
  } catch (thrown) {
    for (const phone of phones) await phone.throwAway();
    await town.stop();
    throw thrown;
  }
}

const button = (phone, name) => phone.page.getByRole('button', { name });
const saved = (phone) => phone.page.getByRole('navigation').getByText('Saved', { exact: true }).first().waitFor();

async function setRoom(phone, room) {
  await button(phone, /^Edit .*, \d\.\d\d–/).first().click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByLabel('Room').click();
  await phone.page.keyboard.press('ControlOrMeta+a');
  await phone.page.keyboard.type(room);
  await sheet.getByRole('button', { name: 'Done' }).click();
  await sheet.waitFor({ state: 'detached' });
}

async function publishARoom(staff) {
  await staff.plan.click();
  await setRoom(staff, 'Rum Eken');
  await button(staff, 'Publish').click();
  await staff.page.getByRole('dialog').getByRole('button', { name: 'Publish version 2' }).click();
  await staff.page.getByText('Version 2 is published.').waitFor();
}

/** Two people give a room two names while they are apart. */
async function disagree(staff, colleague) {
  await colleague.plan.click();
  await colleague.page.getByText('Version 2').first().waitFor();
  for (const phone of [staff, colleague]) await phone.network.cut();
  await setRoom(staff, 'Rum Asken');
  await setRoom(colleague, 'Rum Boken');
  for (const phone of [staff, colleague]) await phone.network.restore();
  for (const phone of [staff, colleague]) {
    await button(phone, 'Keep “Rum Asken”').waitFor();
    await button(phone, 'Keep “Rum Boken”').waitFor();
    await saved(phone);
  }
}
