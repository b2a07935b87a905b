import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { BrowserPerson, desk, launchBrowser } from '../tests/browser-person.ts';
import { readThrough } from '../tests/page-reading.ts';
import { runParlour } from '../tests/parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { buildWeb } from '../tools/build-web.ts';
import { ReadingSum } from './reading-sum.ts';

/** Less than a view, so that every row is seen. */
const stepPx = 600;
const rowPx = 62;
/** The log begins with its creation, and the reader sees it from their own joining on, right behind. */
const firstSeq = 2;

const [file, range = '1..'] = process.argv.slice(2);
const [, firstPlace, lastPlace] = /^([1-9]\d*)\.\.(\d*)$/u.exec(range) ?? [];
if (file === undefined || !existsSync(file) || firstPlace === undefined) {
  console.error('cannot read a history: name a file of one JSON object a line, as `parlour import jsonl` takes it,');
  console.error('and, to read a part of its conversations only, their places in the list: 1..20');
  process.exit(2);
}

await buildWeb({ onlyIfStale: true });
await using folder = await TemporaryFolder.make();
const dataFolder = join(folder.path, 'data');
const input = 'quiet ferry lemon 42 ada';
const account = ['user', 'create', '--handle', 'ada', '--email', 'ada@example.org', '--password-stdin'];
for (const [command, options] of [
  [account, { dataFolder, input }],
  [['import', 'jsonl', file, '--member', 'ada'], { dataFolder }],
] as const) {
  const { code, stderr } = await runParlour([...command], options);
  if (code !== 0) throw new Error(stderr);
}
await using server = await ParlourProcess.start({ dataFolder });
const browser = await launchBrowser();
try {
  await using ada = await BrowserPerson.open(browser, server.url, desk);
  await ada.logIn('ada');
  const { page } = ada;
  page.setDefaultTimeout(0);
  const count = await conversationCount(page);
  const ways = { back: new ReadingSum(), forth: new ReadingSum() };
  const from = Number(firstPlace) - 1;
  const until = lastPlace === '' ? count : Math.min(count, Number(lastPlace));
  for (let index = from; index < until; index += 1) {
    await openByPlace(page, index);
    await page.getByRole('button', { name: 'Jump to the last message' }).click();
    // Nothing newer is there once the list no longer offers to go down to it.
    await page.locator('.message-list-down').waitFor({ state: 'detached' });
    const lastSeq = Number(await page.locator('[data-seq]').last().getAttribute('data-seq'));
    const title = await page.locator('main h1, .conversation h1').first().innerText();
    ways.back.add(
      title,
      lastSeq - firstSeq + 1,
      await page.evaluate(readThrough, { direction: -1, fromSeq: lastSeq, endSeq: firstSeq, stepPx } as const),
    );
    ways.forth.add(
      title,
      lastSeq - firstSeq + 1,
      await page.evaluate(readThrough, { direction: 1, fromSeq: firstSeq, endSeq: lastSeq, stepPx } as const),
    );
    if ((index + 1 - from) % 10 === 0 || index === until - 1) {
      console.log(`${from + 1} to ${index + 1} of ${count} conversations`);
      ways.back.report('from the last line to the first');
      ways.forth.report('from the first line to the last');
    }
  }
  process.exitCode = ways.back.isWhole && ways.forth.isWhole ? 0 : 1;
  if (ada.complaints.length > 0) throw new Error(ada.complaints.join('\n'));
} finally {
  await browser.close();
}

/** Once all rows have come. */
async function conversationCount(page: Page): Promise<number> {
  await page.locator('.recents-row').first().waitFor();
  const height = () => page.evaluate(() => document.querySelector('.recents-list ul')?.clientHeight ?? 0);
  for (let before = -1, now = await height(); before !== now; now = await height()) {
    before = now;
    await page.waitForTimeout(2_000);
  }
  return Math.round((await height()) / rowPx);
}

async function openByPlace(page: Page, index: number): Promise<void> {
  const topPx = index * rowPx;
  await page.evaluate((top) => document.querySelector('.recents-list')?.scrollTo({ top }), topPx);
  await page.locator(`.recents-list li[style*="top: ${topPx}px"] a`).click();
  await page.locator('[data-seq]').first().waitFor();
}
