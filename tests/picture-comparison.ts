import type { Page } from 'playwright-core';

export type PictureDifference = {
  /** Of all blocks, how many differ, from 0 to 1. */
  readonly share: number;
  readonly sameSize: boolean;
};

/** Sides of the squares whose mean colours are compared, in pixels. */
const blockPx = 8;
/** Of 255: further apart than the edges of letters come by another rasteriser, nearer than one token of the design is to the next. */
const distanceMax = 14;

/**
 * Compares what two pictures show and not how their letters are smoothed: by the mean colours of small squares. The page decodes them, so that
 * no library is needed; it may show anything.
 */
export function comparePictures(page: Page, kept: Buffer, taken: Buffer): Promise<PictureDifference> {
  return page.evaluate(
    async ({ sources, block, distance }) => {
      const read = async (source: string) => {
        const bytes = Uint8Array.from(atob(source), (character) => character.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(Math.ceil(bitmap.width / block), Math.ceil(bitmap.height / block));
        const { width, height } = bitmap;
        const full = new OffscreenCanvas(width, height).getContext('2d');
        if (full === null) throw new Error('the page has no canvas');
        full.drawImage(bitmap, 0, 0);
        return { width, height, across: canvas.width, down: canvas.height, data: full.getImageData(0, 0, width, height).data };
      };
      type Picture = Awaited<ReturnType<typeof read>>;
      const meanOf = ({ width, height, data }: Picture, column: number, row: number) => {
        const sums = [0, 0, 0];
        let count = 0;
        for (let y = row * block; y < Math.min(height, (row + 1) * block); y += 1)
          for (let x = column * block; x < Math.min(width, (column + 1) * block); x += 1) {
            count += 1;
            for (const channel of [0, 1, 2]) sums[channel] = (sums[channel] ?? 0) + (data[(y * width + x) * 4 + channel] ?? 0);
          }
        return sums.map((sum) => sum / Math.max(1, count));
      };
      const [one, other] = await Promise.all(sources.map(read));
      if (one === undefined || other === undefined) throw new Error('two pictures are compared');
      let different = 0;
      const across = Math.min(one.across, other.across);
      const down = Math.min(one.down, other.down);
      for (let row = 0; row < down; row += 1)
        for (let column = 0; column < across; column += 1) {
          const means = [meanOf(one, column, row), meanOf(other, column, row)] as const;
          if (means[0].some((value, channel) => Math.abs(value - (means[1][channel] ?? 0)) > distance)) different += 1;
        }
      return { share: different / (across * down), sameSize: one.width === other.width && Math.abs(one.height - other.height) <= 2 };
    },
    { sources: [kept.toString('base64'), taken.toString('base64')], block: blockPx, distance: distanceMax },
  );
}
