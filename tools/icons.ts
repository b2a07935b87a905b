import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launchBrowser } from '../tests/browser-person.ts';
import { root } from './root.ts';

const folder = join(root, 'apps/web/public');

/** How much of the square the mark fills, and what stands behind it: systems that cut a shape of their own want it whole and smaller. */
const icons = [
  { file: 'icon-192.png', size: 192, share: 1, ground: 'transparent', ink: null },
  { file: 'icon-512.png', size: 512, share: 1, ground: 'transparent', ink: null },
  { file: 'icon-maskable.png', size: 512, share: 0.8, ground: '#47572f', ink: null },
  { file: 'apple-touch-icon.png', size: 180, share: 0.9, ground: '#47572f', ink: null },
  // The system paints it in one colour: only its shape counts.
  { file: 'icon-badge.png', size: 96, share: 1.2, ground: 'transparent', ink: '#ffffff' },
];

/** Draws the pictures of the mark that systems want as pixels. Run it after a change of favicon.svg: `node tools/icons.ts`. */
async function drawIcons(): Promise<void> {
  const mark = await readFile(join(folder, 'favicon.svg'), 'utf8');
  const shape = mark.replace(/<rect[^>]*>/, '').replace(/<circle[^>]*>/, '');
  const browser = await launchBrowser();
  const page = await browser.newPage();
  for (const { file, size, share, ground, ink } of icons) {
    const drawn = ink === null ? mark : shape.replace(/fill="[^"]*"/, `fill="${ink}"`);
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>body{margin:0;display:grid;place-items:center;height:100vh;overflow:hidden;background:${ground}}svg{width:${share * 100}%}</style>${drawn}`,
    );
    await page.screenshot({ path: join(folder, file), omitBackground: true });
  }
  await browser.close();
}

await drawIcons();
