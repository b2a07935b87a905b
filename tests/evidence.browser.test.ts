import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { makePair } from './program-pair.ts';

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({ dataFolder: folder.path });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);

/** Ana, before the details of the conversation with Mara, who has said so much by a program. */
async function openDetails(viewport: typeof desk) {
  const pair = await makePair(server.url, lines);
  const ana = await BrowserPerson.open(browser, server.url, viewport);
  await ana.logIn(pair.names.anaHandle);
  await ana.openFromList(pair.names.mara);
  await ana.message('line 40').waitFor();
  await ana.page.getByRole('button', { name: `About ${pair.names.mara}` }).click();
  await sectionOf(ana.page).waitFor();
  const close = async () => {
    await ana[Symbol.asyncDispose]();
    await pair[Symbol.asyncDispose]();
  };
  return { ...pair, ana, page: ana.page, [Symbol.asyncDispose]: close };
}

const panelOf = (page: Page) => page.getByRole('region', { name: 'About this conversation' });
const sectionOf = (page: Page) => panelOf(page).getByRole('heading', { name: 'Evidence' });
const exporterOf = (page: Page) => panelOf(page).getByRole('button', { name: 'Export evidence' });
const saved = 'Saved: 41 entries. It holds every message in the clear, so keep it safe.';

/** By the keyboard, from wherever the focus is in the panel. */
async function tabTo(page: Page, name: string): Promise<void> {
  await expect
    .poll(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement?.textContent);
    })
    .toBe(name);
}

describe.each([
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
])('at $at', ({ viewport }) => {
  test('[EVID-1] evidence is exported by keyboard, said to be saved, and the file holds', async () => {
    await using pair = await openDetails(viewport);
    const { ana, page, names } = pair;
    await tabTo(page, 'Export evidence');
    const downloading = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(
      new RegExp(`^parlour-evidence-${names.mara.toLowerCase().replaceAll(' ', '-')}-\\d{4}-\\d\\d-\\d\\d\\.jsonl$`),
    );
    await panelOf(page).getByRole('status').getByText(saved, { exact: true }).waitFor();
    // The focus stays where it was, and so can be pressed again.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Export evidence');
    const file = join(folder.path, download.suggestedFilename());
    await download.saveAs(file);

    await panelOf(page).getByText('Compare with others').click();
    await panelOf(page).getByText('After entry 41 the server says:').waitFor();
    const digits = (await panelOf(page).locator('.evidence-fingerprint span').allTextContents()).join(' ');
    const end = await runParlour(['verify', '--evidence', file, '--head', `41:${digits}`], { dataFolder: join(folder.path, 'none') });
    expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining(`head 41:${digits}: it is of this history`) });
    expect(end.stdout).toContain(`said to be exported by ${names.ana} (@${names.anaHandle})`);
    expect(ana.complaints).toEqual([]);
  });

  test('[EVID-4] two people see the same digits after the same entry, and others after the next', async () => {
    await using pair = await openDetails(viewport);
    const { mara, page, names, ana } = pair;
    await panelOf(page).getByText('Compare with others').click();
    const seen = async () => (await panelOf(page).locator('.evidence-fingerprint span').allTextContents()).join(' ');
    const view = await mara.open(names.anaHandle);
    await expect.poll(() => view.timeline.get().headFingerprint).toMatch(/^(\d{5} ?){8}$/);
    const before = view.timeline.get().headFingerprint;
    expect(await seen()).toBe(before);
    await mara.say(names.anaHandle, ['one more']);
    await panelOf(page).getByText('After entry 42 the server says:').waitFor();
    await expect.poll(() => view.timeline.get().headSeq).toBe(42);
    expect(view.timeline.get().headFingerprint).not.toBe(before);
    await expect.poll(seen).toBe(view.timeline.get().headFingerprint);
    view.close();
    expect(ana.complaints).toEqual([]);
  });

  test('without a server it says so, and goes on once there is one; what is stopped is not saved', async () => {
    await using pair = await openDetails(viewport);
    const { ana, page } = pair;
    const { port } = server;
    await server.stop();
    await exporterOf(page).click();
    const alert = panelOf(page).getByRole('alert').filter({ hasText: 'Cannot reach the server: there is no answer.' });
    await alert.waitFor();
    server = await ParlourProcess.start({ dataFolder: folder.path, port });
    const downloading = page.waitForEvent('download');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await downloading;
    await panelOf(page).getByRole('status').getByText(saved, { exact: true }).waitFor();
    expect(await alert.count()).toBe(0);

    // An answer that does not come.
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await ana.context.route('**/evidence', async (route) => {
      await held;
      await route.abort();
    });
    await exporterOf(page).click();
    await panelOf(page).getByRole('progressbar', { name: 'Exporting' }).waitFor();
    await panelOf(page).getByRole('status').getByText('Exporting: 0%').waitFor();
    await panelOf(page).getByRole('button', { name: 'Stop' }).click();
    await panelOf(page).getByRole('status').getByText('Stopped. Nothing was saved.').waitFor();
    release();
    await exporterOf(page).waitFor();
    expect(await panelOf(page).getByRole('alert').count()).toBe(0);
    expect(ana.complaints).toEqual([]);
  });
});

test('nothing that axe finds wrong with evidence, and of one’s notes there is nothing to compare', async () => {
  await using pair = await openDetails(desk);
  const { ana, page } = pair;
  await exporterOf(page).click();
  await panelOf(page).getByText(saved, { exact: true }).waitFor();
  await panelOf(page).getByText('Compare with others').click();
  expect(await findViolations(page)).toEqual([]);
  await page.goto(server.url);
  await ana.openNotes();
  await page.getByRole('button', { name: 'About Notes to self' }).click();
  await sectionOf(page).waitFor();
  expect(await panelOf(page).getByText('Compare with others').count()).toBe(0);
});
