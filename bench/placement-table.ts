import { parseArgs } from 'node:util';
import { recordFigures } from '../tools/figures.ts';
import { placementFigures } from './placement.ts';

/** Prints what becomes of clients by the way in which they are sent to servers; `--record` keeps it. */
const { values } = parseArgs({ options: { record: { type: 'boolean' } } });
const figures = placementFigures();
console.table(figures.rows.map(({ situation, way, placement: { waitMs, ...shares } }) => ({ situation, way, ...waitMs, ...shares })));
if (values.record) recordFigures('placement', figures);
