import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { ProgramPerson } from './program-person.ts';

const writers = ['bea', 'cem', 'dov', 'eli'];
const passwordOf = (handle: string) => `quiet ferry lemon 42 ${handle}`;
const dayCount = 60;
const linesPerDay = 20;
const hourMs = 3_600_000;
/**
 * At noon, so that it is the same day wherever this runs; each day's lines are said within the hour, a minute apart, two by one person and two
 * by another. The last one comes after a while.
 */
const beginsAt = Date.UTC(2004, 10, 1, 12);
let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

function lineOf(index: number): object {
  const day = Math.floor(index / linesPerDay);
  const minute = (index % linesPerDay) + (index % linesPerDay === linesPerDay - 1 ? 10 : 0);
  const time = new Date(beginsAt + day * 24 * hourMs + minute * 60_000).toISOString();
  return {
    channel: 'tea',
    line: index,
    time,
    author: Math.floor(index / 2) % 2 ? 'mara' : 'tomas',
    kind: 'message',
    text: `day ${day} line ${index % linesPerDay}`,
  };
}

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  const file = join(folder.path, 'tea.jsonl');
  await writeFile(file, Array.from({ length: dayCount * linesPerDay }, (_, index) => JSON.stringify(lineOf(index))).join('\n'));
  for (const handle of ['ada', ...writers]) {
    const made = ['user', 'create', '--handle', handle, '--email', `${handle}@example.org`, '--password-stdin'];
    expect((await runParlour(made, { dataFolder, input: passwordOf(handle) })).code).toBe(0);
  }
  const members = ['ada', ...writers].flatMap((handle) => ['--member', handle]);
  expect((await runParlour(['import', 'jsonl', file, ...members], { dataFolder })).code).toBe(0);
  server = await ParlourProcess.start({ dataFolder });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

describe.each([
  { where: 'a desk', viewport: desk },
  { where: 'a phone', viewport: phone },
])('at $where', ({ viewport }) => {
  test('[X-26] up to three who write are named, more are several, and it is gone soon after they have stopped', async () => {
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    await ada.logIn('ada');
    await ada.openFromList('tea');
    await using group = new AsyncDisposableStack();
    const people = await Promise.all(writers.map((handle) => ProgramPerson.logIn(server.url, { handle, password: passwordOf(handle) })));
    for (const person of people) group.use(person);
    const views = people.map(({ client }) => {
      const [tea] = client.conversations.get();
      if (tea === undefined) throw new Error('the group is not in the list');
      return client.conversation(tea.id);
    });
    const shown = ada.page.locator('.conversation-header .typing-names');
    const shownOf = (count: number) => async () => {
      for (const view of views.slice(0, count)) view.typing();
      return (await shown.allTextContents()).join();
    };
    await expect.poll(shownOf(1), { timeout: 20_000 }).toBe('bea writing…');
    await expect.poll(shownOf(3), { timeout: 20_000 }).toMatch(/^\w+, \w+ and \w+ writing…$/);
    await expect.poll(shownOf(4), { timeout: 20_000 }).toBe('Several writing…');
    await shown.waitFor({ state: 'detached' });
  });

  test('[X-23] what one person says within five minutes stands together, under one name and one face', async () => {
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ada;
    await ada.logIn('ada');
    await ada.openFromList('tea');
    await page.getByRole('button', { name: 'Jump to the first message' }).click();
    const line = (index: number) => ada.message(`day 0 line ${index}`);
    const nameOver = async (index: number) => (await line(index).locator('.message-author').allTextContents()).join();
    const facesAt = (index: number) => line(index).locator('.avatar').count();
    const bubble = (index: number) => line(index).locator('.message-bubble');
    const gapAbove = async (index: number) => {
      const [above, below] = [await bubble(index - 1).boundingBox(), await bubble(index).boundingBox()];
      return (below?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0);
    };
    await line(3).waitFor();
    expect([await nameOver(0), await nameOver(1), await nameOver(2), await nameOver(3)]).toEqual(['tomas', '', 'mara', '']);
    expect([await facesAt(0), await facesAt(1), await facesAt(2), await facesAt(3)]).toEqual([1, 0, 1, 0]);
    expect(await gapAbove(1)).toBeLessThan(await gapAbove(2));
    expect(await gapAbove(3)).toBe(await gapAbove(1));

    // The same person again, but later.
    await line(0).focus();
    for (let index = 1; index < linesPerDay; index += 1) {
      await page.keyboard.press('ArrowDown');
      await line(index).and(page.locator(':focus')).waitFor();
    }
    expect([await nameOver(linesPerDay - 2), await nameOver(linesPerDay - 1)]).toEqual(['mara', 'mara']);
    expect(await gapAbove(linesPerDay - 1)).toBeGreaterThan(await gapAbove(linesPerDay - 3));
  });

  test('[X-22] one goes to any day of a long history, to its first message, and the day is told there', async () => {
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ada;
    await ada.logIn('ada');
    await ada.openFromList('tea');
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await ada.message(`day ${dayCount - 1} line ${linesPerDay - 1}`).waitFor();

    for (const day of [17, 41, 0]) {
      const date = new Date(beginsAt + day * 24 * hourMs);
      await page.getByRole('button', { name: /: go to another day$/ }).click();
      await page.locator('input[type="date"]').fill(date.toISOString().slice(0, 10));
      await page.keyboard.press('Enter');
      const first = ada.message(`day ${day} line 0`);
      await first.waitFor();
      await expect
        .poll(() =>
          first.evaluate((element) => {
            const within = element.closest('.message-list-scroller')?.getBoundingClientRect();
            const { top, bottom } = element.getBoundingClientRect();
            return within !== undefined && top >= within.top && bottom <= within.bottom;
          }),
        )
        .toBe(true);
      await page
        .locator('.message-list-day')
        .getByText(date.toLocaleDateString('en', { month: 'long', day: 'numeric' }), { exact: false })
        .waitFor();
    }
    expect(ada.complaints).toEqual([]);
  });

  test('[X-22] a day without a message leads to the next one that has some, one that has not come to the last', async () => {
    await using ada = await BrowserPerson.open(browser, server.url, viewport);
    const { page } = ada;
    await ada.logIn('ada');
    await ada.openFromList('tea');
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await ada.message(`day ${dayCount - 1} line ${linesPerDay - 1}`).waitFor();
    await page.getByRole('button', { name: /: go to another day$/ }).click();
    await page.locator('input[type="date"]').fill('1999-12-31');
    await page.keyboard.press('Enter');
    await ada.message('day 0 line 0').waitFor();
    await page.getByRole('button', { name: /: go to another day$/ }).focus();
    await page.keyboard.press('Enter');
    await page.locator('input[type="date"]').fill('2010-01-01');
    await page.keyboard.press('Enter');
    await ada.message(`day ${dayCount - 1} line ${linesPerDay - 1}`).waitFor();
  });
});
