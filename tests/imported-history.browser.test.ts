import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser } from './browser-person.ts';
import { readThrough } from './page-reading.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { walkHistory } from './walk-history.ts';

const authors = ['crimsun', 'kleedrac', 'intinig^', '[will]'];
/** The log begins with its creation, and the reader sees it from their own joining on, right behind; each author joins before their first line. */
const firstSeq = 2;
const lastSeqOf = (lineCount: number) => lineCount + firstSeq + authors.length;
const password = 'quiet ferry lemon 42 ada';

/** A channel as it was: joins between messages, acts, answers to earlier lines, several people, long and odd lines. */
function lineOf(index: number): object {
  const kind = index % 9 === 8 ? 'system' : index % 13 === 12 ? 'action' : 'message';
  const author = kind === 'system' ? {} : { author: authors[index % authors.length] };
  const text = kind === 'system' ? `=== visitor${index} has joined #tea` : `line ${index} ${'<and> & "more", '.repeat((index * 7) % 19)}`;
  const time = new Date(Date.UTC(2004, 11, 25, 9, index)).toISOString();
  return {
    channel: 'tea',
    line: index,
    time,
    ...author,
    kind,
    text,
    ...(index > 20 && kind === 'message' ? { replyTo: [index - 17] } : {}),
  };
}

/** Ada has a channel of so many lines, and nobody has read it. */
async function withChannel(lineCount: number, act: (ada: BrowserPerson, lastSeq: number) => Promise<void>): Promise<void> {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, 'tea.jsonl');
  await writeFile(file, Array.from({ length: lineCount }, (_, index) => JSON.stringify(lineOf(index))).join('\n'));
  const dataFolder = join(folder.path, 'data');
  const made = await runParlour(['user', 'create', '--handle', 'ada', '--email', 'ada@example.org', '--password-stdin'], {
    dataFolder,
    input: password,
  });
  expect(made.stderr).toBe('');
  const imported = await runParlour(['import', 'jsonl', file, '--member', 'ada'], { dataFolder });
  expect(imported.code).toBe(0);
  await using server = await ParlourProcess.start({ dataFolder });
  const browser = await launchBrowser();
  try {
    await using ada = await BrowserPerson.open(browser, server.url, desk);
    await ada.logIn('ada');
    await ada.openFromList('tea');
    await act(ada, lastSeqOf(lineCount));
    expect(ada.complaints).toEqual([]);
  } finally {
    await browser.close();
  }
}

test('imported history is read in the browser: last, first, and every line between without a hole or a jump', async () => {
  await withChannel(500, async (ada, lastSeq) => {
    const { page } = ada;
    // All of it is unread, so it opens at its beginning.
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await page.locator(`[data-seq="${lastSeq}"]`).waitFor();
    const back = await page.evaluate(walkHistory, { direction: -1, endSeq: firstSeq } as const);
    expect(back.holes).toEqual([]);
    expect(back.seen).toEqual(Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => index + firstSeq));
    expect(back.movedPx).toBeLessThanOrEqual(1);
    await ada.page.getByText('line 0', { exact: false }).first().waitFor();
    // Faster than history comes: whoever is at the end of what is there goes on from where they are.
    const forth = await page.evaluate(readThrough, { direction: 1, fromSeq: firstSeq, endSeq: lastSeq, stepPx: 600 } as const);
    expect(forth).toMatchObject({ missing: [], holes: [], jumps: [] });
    await page.goto(`${page.url()}/${Math.floor(lastSeq / 2)}`);
    await page.locator(`[data-seq="${Math.floor(lastSeq / 2)}"]`).waitFor();
  });
});

// At such a rest the rows that the window has let go of leave the list, which then keeps to its end for a moment.
test('[X-14] whoever reads on after a short rest, with more behind them than a window holds, sees each line once and no jump', async () => {
  await withChannel(1_600, async ({ page }, lastSeq) => {
    await page.locator(`[data-seq="${firstSeq}"]`).waitFor();
    const reading = { direction: 1, fromSeq: firstSeq, endSeq: lastSeq, stepPx: 600, restEvery: 9 } as const;
    expect(await page.evaluate(readThrough, reading)).toMatchObject({ missing: [], holes: [], jumps: [] });
  });
});

test('[X-14] whoever turns around just as more comes before the first line sees each line once and no jump', async () => {
  await withChannel(800, async ({ page }, lastSeq) => {
    // So far from the server that there is time to turn.
    await page.routeWebSocket('**/v1/**', (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => void setTimeout(() => socket.send(message), 250));
    });
    await page.reload();
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    await page.locator(`[data-seq="${lastSeq}"]`).waitFor();
    const reading = { direction: -1, fromSeq: lastSeq, endSeq: firstSeq, stepPx: 600, wavers: true } as const;
    expect(await page.evaluate(readThrough, reading)).toMatchObject({ missing: [], holes: [], jumps: [] });
  });
});
