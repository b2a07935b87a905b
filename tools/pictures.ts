import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { cast, visitor } from '../apps/server/src/cli/demo-cast.ts';
import { writeDemo } from '../apps/server/src/cli/demo-history.ts';
import { isConfigProblem, loadConfig, presentConfigProblem } from '../apps/server/src/config.ts';
import { BrowserPerson, desk, launchBrowser, phone } from '../tests/browser-person.ts';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { ProgramPerson } from '../tests/program-person.ts';
import { root } from './root.ts';

const folder = join(root, 'docs/pictures');
const password = 'lemon ferry, deck four';
/** The people of the demonstration, who are here but say nothing by themselves: what one sees is the same each time. */
const absent = 'ada.okafor';

const pictures = [
  { file: 'desk-light.png', viewport: desk, colorScheme: 'light', deviceScaleFactor: 1, opens: 'Mara Lindqvist' },
  { file: 'desk-dark.png', viewport: desk, colorScheme: 'dark', deviceScaleFactor: 1, opens: 'Mara Lindqvist' },
  { file: 'phone-light.png', viewport: phone, colorScheme: 'light', deviceScaleFactor: 2, opens: null },
  { file: 'phone-dark.png', viewport: phone, colorScheme: 'dark', deviceScaleFactor: 2, opens: 'Tomas Keller' },
] as const;

/** A zone in which it is the early afternoon now, so that what was said today was said today, whenever the pictures are taken. */
function afternoon(): string {
  const east = 14 - new Date().getUTCHours();
  return east === 0 ? 'Etc/GMT' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}

async function openAs(
  browser: Browser,
  url: string,
  { viewport, colorScheme, deviceScaleFactor }: Omit<(typeof pictures)[number], 'file'>,
) {
  const context = await browser.newContext({
    viewport,
    colorScheme,
    deviceScaleFactor,
    locale: 'en-GB',
    timezoneId: afternoon(),
    reducedMotion: 'reduce',
  });
  const person = await BrowserPerson.inContext(context, url);
  const { page } = person;
  await page.getByLabel('Handle or e-mail').fill(visitor.handle);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await person.row('Noor Aziz').waitFor();
  return person;
}

/** Takes the pictures of the README. Run it after a change that one sees: `npm run pictures`. */
async function takePictures(): Promise<void> {
  await mkdir(folder, { recursive: true });
  await using data = await TemporaryFolder.make();
  const config = loadConfig({}, { data: data.path, port: '0', host: '127.0.0.1' }, (path) => readFileSync(path, 'utf8'));
  if (isConfigProblem(config)) throw new Error(presentConfigProblem(config));
  await writeDemo(config, password);
  await using server = await ParlourProcess.start({ dataFolder: data.path });
  await using present = new AsyncDisposableStack();
  const people = new Map<string, ProgramPerson>();
  for (const { handle } of cast) {
    if (handle !== absent) people.set(handle, present.use(await ProgramPerson.logIn(server.url, { handle, password })));
  }
  const writer = await people.get('tomas.keller')?.open(visitor.handle);
  // A sign of it holds for some seconds only, and who comes later does not see it.
  const writing = setInterval(() => writer?.typing(), 500);
  present.defer(() => clearInterval(writing));
  await using browser = await launchBrowser();
  for (const picture of pictures) {
    await using robin = await openAs(browser, server.url, picture);
    const { page } = robin;
    if (picture === pictures[0]) {
      await robin.openFromList('Idris Haddad');
      await robin.composer.fill('and then we could');
    }
    if (picture.opens !== null) await robin.openFromList(picture.opens);
    const list = page.getByRole('navigation', { name: 'Conversations' });
    if (await list.isVisible()) for (const text of ['Draft:', 'writing…']) await list.getByText(text).first().waitFor();
    // What shows where one points is no part of the picture.
    await page.mouse.move(0, 0);
    // By then all that is in sight counts as read.
    await page.locator('.message-list-down').waitFor({ state: 'hidden' });
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, picture.file), animations: 'disabled' });
  }
}

await takePictures();
