import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { desk, phone } from './browser-person.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong on the page as it stands, by day and by night, at a desk and on a phone, which it is left on if it stood there. */
export async function findViolations(page: Page): Promise<string[]> {
  const before = page.viewportSize() ?? desk;
  await page.evaluate(axeSource);
  const found: string[] = [];
  for (const viewport of [desk, phone]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }));
      const places = violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
      found.push(...places.map((place) => `${viewport.width} ${colorScheme} ${place}`));
    }
  }
  await page.setViewportSize(before);
  return found;
}
