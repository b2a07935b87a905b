import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { desk, launchBrowser, phone } from './browser-person.ts';
import { TemporaryFolder } from './parlour-process.ts';
import { comparePictures } from './picture-comparison.ts';

const web = join(import.meta.dirname, '../apps/web');
const pictures = join(import.meta.dirname, 'pictures');
const renews = process.env.RENEW_PICTURES === '1';
/** Of the squares that a picture is made of: what a rasteriser of its own may change. */
const shareMax = 0.004;

let browser: Browser;
let folder: TemporaryFolder;
let server: PreviewServer;
let url: string;

/** The page is no part of what ships, so it is built here, beside it. */
beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  const common = { root: web, configFile: join(web, 'vite.config.ts'), logLevel: 'warn' } as const;
  const outDir = join(folder.path, 'design');
  await build({ ...common, build: { outDir, emptyOutDir: true, rolldownOptions: { input: join(web, 'design.html') } } });
  server = await preview({ ...common, build: { outDir }, preview: { host: '127.0.0.1', port: 0, strictPort: false } });
  url = `${server.resolvedUrls?.local[0]}design.html`;
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await folder?.[Symbol.asyncDispose]();
});

/** All of the page at half its size, which is enough to see what changed and keeps the pictures small. */
async function photograph(page: Page): Promise<Buffer> {
  await page.evaluate(() => document.fonts.ready);
  const height = await page.evaluate(() => document.querySelector('main')?.scrollHeight ?? 0);
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height });
  return page.screenshot({ animations: 'disabled' });
}

describe.each([
  { size: 'desk', viewport: desk, theme: 'light' },
  { size: 'desk', viewport: desk, theme: 'dark' },
  { size: 'phone', viewport: phone, theme: 'light' },
  { size: 'phone', viewport: phone, theme: 'dark' },
] as const)('$size, $theme', ({ size, viewport, theme }) => {
  test('the design looks as it was kept, and a change of one colour or one length is seen', async () => {
    await using context = await browser.newContext({ viewport, colorScheme: theme, deviceScaleFactor: 0.5, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    const taken = await photograph(page);
    const file = join(pictures, `design-${size}-${theme}.png`);
    if (renews) {
      await mkdir(pictures, { recursive: true });
      await writeFile(file, taken);
    }
    const kept = await readFile(file);
    const found = await comparePictures(page, kept, taken);
    expect(found.sameSize).toBe(true);
    expect(found.share).toBeLessThanOrEqual(shareMax);

    for (const [token, value] of [
      ['--moss', 'oklch(0.5 0.15 260)'],
      ['--target', '52px'],
    ] as const) {
      await page.evaluate(([name, changed]) => document.documentElement.style.setProperty(name, changed), [token, value] as const);
      expect((await comparePictures(page, kept, await page.screenshot({ animations: 'disabled' }))).share).toBeGreaterThan(shareMax);
      await page.evaluate((name) => document.documentElement.style.removeProperty(name), token);
    }
  });
});
