import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused } from '@parlour/sdk/refusal';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const messageCount = 600;
/** What the log begins with, which is no message. */
const lastSeq = messageCount + 1;
let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;

/** As long and as odd as what people write: one word, a paragraph, lines, an address, another script. */
function textOf(index: number): string {
  const kinds = [
    `ok ${index}`,
    `${index} ${'and then the ferry came in, '.repeat((index * 7) % 23)}`,
    `${index}\n  a line that is set in\n\nand one after a gap`,
    `${index} https://example.org/${'path/'.repeat((index * 5) % 40)}`,
    `${index} مساء الخير، وصلت الأوراق`,
    `${index} ${'x'.repeat((index * 13) % 300)}`,
  ];
  return kinds[(index * 31) % kinds.length] as string;
}

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({
    dataFolder: folder.path,
    env: { PARLOUR_RATE_SENDS_PER_SECOND: '10000', PARLOUR_RATE_SENDS_BURST: '10000' },
  });
  await using reader = await BrowserPerson.open(browser, server.url);
  await reader.register({ name: 'Ana Field', handle: 'ana.field' });
  await writeHistory();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** Mara tells Ana all of it, by a program. */
async function writeHistory(): Promise<void> {
  const client = await createNodeClient({ url: server.url });
  try {
    const registered = await client.register({
      email: 'mara@example.org',
      handle: 'mara.l',
      displayName: 'Mara Lindqvist',
      password: 'quiet ferry lemon 42 mara.l',
    });
    if (isRefused(registered)) throw new Error(registered.sentence);
    await client.whenSynced();
    const found = await client.findPeople({ handle: 'ana.field' });
    const ana = isRefused(found) ? undefined : found[0];
    if (ana === undefined) throw new Error('Ana is not found');
    const conversation = await client.openDirect(ana.id);
    if (isRefused(conversation)) throw new Error(conversation.sentence);
    const view = client.conversation(conversation);
    for (let index = 1; index <= messageCount; index += 1) {
      const sent = await view.send(textOf(index).trim());
      if (isRefused(sent)) throw new Error(sent.sentence);
      if (index % 100 === 0) await client.whenIdle();
    }
    await client.whenIdle();
  } finally {
    await client.close();
  }
}

type Walk = { readonly direction: -1 | 1; readonly endSeq: number };
type Walked = { readonly seen: number[]; readonly holes: string[]; readonly movedPx: number; readonly mountedMax: number };

/** Runs in the page: scrolls step by step to one end, and watches one message after each step until the list has come to rest. */
async function walk({ direction, endSeq }: Walk): Promise<Walked> {
  const list = document.querySelector('.message-list') as HTMLElement;
  const scroller = document.querySelector('.message-list-scroller') as HTMLElement;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const seqOf = (element: HTMLElement) => Number(element.dataset.seq);
  const inView = () => {
    const { top, bottom } = scroller.getBoundingClientRect();
    const all = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    });
    return all.sort((one, other) => seqOf(one) - seqOf(other));
  };
  const seen = new Set<number>();
  const holes: string[] = [];
  let movedPx = 0;
  let mountedMax = 0;
  const look = () => {
    const seqs = inView().map(seqOf);
    if (seqs.length === 0) holes.push(`nothing in view at ${scroller.scrollTop}`);
    for (const [index, seq] of seqs.entries()) {
      seen.add(seq);
      if (index > 0 && seq !== (seqs[index - 1] as number) + 1) holes.push(`${seqs[index - 1]} stands before ${seq}`);
    }
    mountedMax = Math.max(mountedMax, scroller.querySelectorAll('[data-seq]').length);
  };
  const isThere = () => {
    const atEnd = direction < 0 ? scroller.scrollTop <= 0 : scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
    return atEnd && inView().some((element) => seqOf(element) === endSeq);
  };
  /** Nothing loads, and for some frames nothing in the list has changed. */
  const rest = async (calmFrames: number, watch: () => void) => {
    let before = '';
    for (let calm = 0, frames = 0; calm < calmFrames && frames < 600; frames += 1) {
      await frame();
      watch();
      const now = `${scroller.scrollTop} ${scroller.scrollHeight} ${scroller.querySelectorAll('[data-seq]').length}`;
      calm = now === before && list.dataset.loading === undefined ? calm + 1 : 0;
      before = now;
    }
  };
  // A jump may still be finding its place.
  await rest(20, () => {});
  for (let step = 0; step < 5_000; step += 1) {
    look();
    if (isThere()) return { seen: [...seen].sort((one, other) => one - other), holes, movedPx, mountedMax };
    scroller.scrollTop += direction * 400;
    const anchor = inView()[0];
    const anchorTop = anchor?.getBoundingClientRect().top ?? 0;
    await rest(4, () => {
      if (anchor?.isConnected) movedPx = Math.max(movedPx, Math.abs(anchor.getBoundingClientRect().top - anchorTop));
    });
  }
  throw new Error(`did not come to ${endSeq}; at ${scroller.scrollTop} of ${scroller.scrollHeight}`);
}

/** Walking through all of it takes as many frames as it has steps. */
const walkMs = 180_000;
const allSeqs = Array.from({ length: lastSeq }, (_, index) => index + 1);

test('[X-16] a conversation opens at the first unread message, however far back, and marks as read only what was in view', async () => {
  await using ana = await BrowserPerson.open(browser, server.url, phone);
  await ana.logIn('ana.field');
  const unread = ana.row('Mara Lindqvist').getByText(/ unread$/);
  await ana.row('Mara Lindqvist').getByText(`${messageCount} unread`).waitFor();
  await ana.openFromList('Mara Lindqvist');
  await ana.page.getByText('New messages').waitFor();
  expect(await ana.page.locator('[data-seq="2"]').evaluate(isInView)).toBe(true);
  const badge = ana.page.locator('.message-list-down');
  await expect.poll(async () => Number(await badge.textContent())).toBeLessThan(messageCount);
  expect(Number(await badge.textContent())).toBeGreaterThan(messageCount - 50);
  expect(await ana.page.getByText('New messages').count()).toBe(1);
  await ana.page.goBack();
  await unread.waitFor();
});

describe.each([
  { place: 'a desk', viewport: desk },
  { place: 'a phone', viewport: phone },
])('at $place', ({ viewport }) => {
  test(
    '[X-14] all of a long conversation is scrolled through, up and down, without a hole, a jump of more than 1 px or a document that grows',
    async () => {
      await using ana = await BrowserPerson.open(browser, server.url, viewport);
      await ana.logIn('ana.field');
      await ana.openFromList('Mara Lindqvist');
      await ana.page.getByRole('button', { name: 'Jump to the last message' }).click();
      await ana.page.locator(`[data-seq="${lastSeq}"]`).waitFor();
      const up = await ana.page.evaluate(walk, { direction: -1, endSeq: 1 } as const);
      expect(up.holes).toEqual([]);
      expect(up.seen).toEqual(allSeqs);
      expect(up.movedPx).toBeLessThanOrEqual(1);
      const down = await ana.page.evaluate(walk, { direction: 1, endSeq: lastSeq } as const);
      expect(down.holes).toEqual([]);
      expect(down.seen).toEqual(allSeqs);
      expect(down.movedPx).toBeLessThanOrEqual(1);
      expect(Math.max(up.mountedMax, down.mountedMax)).toBeLessThan(150);
      expect(ana.complaints).toEqual([]);
    },
    walkMs,
  );

  test(
    '[X-21] a jump to the first, to a message in the middle and to the last, and scrolling from each',
    async () => {
      await using ana = await BrowserPerson.open(browser, server.url, viewport);
      await ana.logIn('ana.field');
      await ana.openFromList('Mara Lindqvist');
      await ana.page.getByRole('button', { name: 'Jump to the first message' }).click();
      await ana.page.getByText('This is where it begins').waitFor();
      await ana.page.locator('[data-seq="2"]').waitFor();
      await ana.page.getByRole('button', { name: 'Jump to the last message' }).click();
      await ana.page.locator(`[data-seq="${lastSeq}"]`).waitFor();

      await ana.page.goto(`${ana.page.url().replace(/\/\d+$/, '')}/300`);
      await ana.page.locator('[data-seq="300"][data-flash]').waitFor();
      await expect.poll(() => ana.page.locator('[data-seq="300"]').evaluate(isInView)).toBe(true);
      const up = await ana.page.evaluate(walk, { direction: -1, endSeq: 1 } as const);
      expect(up.holes).toEqual([]);
      expect(up.seen.slice(0, 300)).toEqual(allSeqs.slice(0, 300));
      expect(up.movedPx).toBeLessThanOrEqual(1);
    },
    walkMs,
  );
});

function isInView(element: Element): boolean {
  const box = element.getBoundingClientRect();
  const within = element.closest('.message-list-scroller')?.getBoundingClientRect();
  return within !== undefined && box.top >= within.top - 1 && box.bottom <= within.bottom + 1;
}
