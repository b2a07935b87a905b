import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';

test('a real Chromium starts and runs a page', async () => {
  await using browser = await chromium.launch({ executablePath: chromiumPath() ?? '', args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.goto('data:text/html,<title>parlour</title>');
  expect(await page.title()).toBe('parlour');
});

test('a browser that was named and is not there is not replaced by another', () => {
  expect(chromiumPath({ PARLOUR_CHROMIUM: '/nowhere/chromium', PATH: process.env.PATH })).toBeUndefined();
});
