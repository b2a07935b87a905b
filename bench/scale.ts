import { parseArgs } from 'node:util';
import { recordFigures } from '../tools/figures.ts';
import { costOf, type GrowthPoint, measureGrowth } from './growth.ts';
import { measureNodes, type NodesRow } from './nodes.ts';
import { isQuick } from './sizes.ts';

/**
 * Prints what a message costs as what is stored, people, devices and servers grow, and A to E on several servers; `--record` keeps it for
 * docs/scale.md.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { record: { type: 'boolean' }, quick: { type: 'boolean' } } });
const parts = ['growth', 'nodes'];
const unknown = positionals.find((part) => !parts.includes(part));
if (unknown !== undefined || (values.record && isQuick)) {
  console.error(
    unknown === undefined
      ? 'cannot record a quick run: its figures compare with nothing'
      : `cannot measure ${unknown}: there is ${parts.join(', ')}`,
  );
  process.exit(2);
}
const isChosen = (part: string) => positionals.length === 0 || positionals.includes(part);

if (isChosen('growth')) {
  const points: GrowthPoint[] = [];
  for await (const point of measureGrowth()) {
    points.push(point);
    const { growing, count, store, costUs, generatorShare } = point;
    const of = Object.entries(costUs).map(([part, us]) => `${part} ${us.toFixed(1)}`);
    console.log(
      `${growing} ${count} on ${store}: ${costOf(point).toFixed(1)} CPU us a message (${of.join(', ')}); generator ${generatorShare.toFixed(2)}`,
    );
  }
  if (values.record) recordFigures('growth', { points });
}
if (isChosen('nodes')) {
  const rows: NodesRow[] = [];
  for await (const row of measureNodes()) {
    rows.push(row);
    console.log(`${row.nodes} nodes, ${row.workload}, ${row.metric}: ${row.value} ${row.unit}`);
  }
  if (values.record) recordFigures('nodes', { rows });
}
