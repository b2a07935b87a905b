import type { PlacementFigures } from '../bench/placement.ts';
import { table, withFigures } from './figure-sections.ts';
import { readFigures } from './figures.ts';

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function placementFigures(): string {
  const { seed, rows } = readFigures<PlacementFigures>('placement');
  const cells = rows.map(({ situation, way, placement: { waitMs, largestShare, largestShareOfNew, busiest } }) => [
    situation,
    way,
    ...[waitMs.p50, waitMs.p99, waitMs.max].map(ms),
    percent(largestShare),
    largestShareOfNew === null ? '' : percent(largestShareOfNew),
    percent(busiest),
  ]);
  const head = ['situation', 'by', 'wait p50, ms', 'p99', 'longest', 'most to one', 'to the new one', 'busiest'];
  return `${table(head, cells)}\n\nSeed ${seed}; the same on every machine.`;
}

export const scalePage = (): string => withFigures('docs/scale.md', { placement: placementFigures });
