import { expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { makePair } from './program-pair.ts';

async function changeProfile({ page }: BrowserPerson, fields: Readonly<Record<'Name' | 'About', string>>): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click();
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').waitFor();
}

test('[NAME-1] a changed name stands in every open page, in the list, the conversation and the details, and in those that come back', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  const browser = await launchBrowser();
  try {
    await using pair = await makePair(server.url, ['hello']);
    const { names } = pair;
    await using ana = await BrowserPerson.open(browser, server.url, desk);
    await using anasPhone = await BrowserPerson.open(browser, server.url, phone);
    await using mara = await BrowserPerson.open(browser, server.url, desk);
    await ana.logIn(names.anaHandle);
    await anasPhone.logIn(names.anaHandle);
    await mara.logIn(names.maraHandle);
    await mara.openFromList(names.ana);
    await mara.page.locator('.conversation-about').click();
    const details = mara.page.locator('.details-panel');
    await details.getByText(names.ana).first().waitFor();
    const heading = (name: string) => mara.page.locator('.conversation-header').getByRole('heading', { name });

    await changeProfile(ana, { Name: 'Ana of the Ferry', About: 'On the water until noon' });
    await mara.row('Ana of the Ferry').waitFor();
    await heading('Ana of the Ferry').waitFor();
    await details.getByText('On the water until noon').waitFor();
    await anasPhone.page.getByRole('link', { name: 'Settings' }).click();
    await expect.poll(() => anasPhone.page.getByLabel('Name', { exact: true }).inputValue()).toBe('Ana of the Ferry');

    // Whoever was away is not told again, and asks.
    await mara.context.setOffline(true);
    await mara.page.locator('.connection-banner').waitFor();
    await changeProfile(ana, { Name: 'Ana Ashore', About: 'At home' });
    await mara.context.setOffline(false);
    await mara.row('Ana Ashore').waitFor();
    await heading('Ana Ashore').waitFor();
    await details.getByText('At home').waitFor();
  } finally {
    await browser.close();
  }
});
