import { expect, test } from 'vitest';
import { clusterCosts } from '../bench/break-points.ts';
import type { GrowthPoint } from '../bench/growth.ts';
import { breakPointTable, growthTable, nodesTable } from './scale-page.ts';
import { scalePlot } from './scale-plot.ts';

const point = (
  growing: GrowthPoint['growing'],
  count: number,
  store: GrowthPoint['store'],
  servers: number,
  database = 0,
): GrowthPoint => ({
  growing,
  count,
  store,
  devices: growing === 'devices' ? 2 * count : 2,
  costUs: { servers, database, bus: 0 },
  messagesPerCommit: 16,
  generatorShare: 0.3,
  seededBytes: count * 400,
});

const points = [
  point('stored', 10_000, 'SQLite', 40),
  point('stored', 10_000, 'PostgreSQL', 60, 45),
  point('stored', 1_000_000, 'SQLite', 41),
  point('stored', 1_000_000, 'PostgreSQL', 60, 55),
  point('devices', 1, 'PostgreSQL', 60, 45),
  point('devices', 8, 'PostgreSQL', 130, 45),
  point('nodes', 1, 'PostgreSQL', 60, 45),
  point('nodes', 3, 'PostgreSQL', 110, 50),
];

const rowsOf = (table: string) =>
  table
    .split('\n')
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));

test('a step of what grows is one row, with the stores beside each other and the parts of the dearer one', () => {
  expect(rowsOf(growthTable(points)).slice(0, 3)).toEqual([
    ['messages stored before', '10,000', '40.0', '105', '60.0', '45.0', '0.0'],
    ['messages stored before', '1,000,000', '41.0', '115', '60.0', '55.0', '0.0'],
    ['devices of each of two people', '1', '', '105', '60.0', '45.0', '0.0'],
  ]);
});

test('a figure is one row, with the numbers of servers beside each other', () => {
  const row = (nodes: number, value: number, workload = 'D reconnect') => ({
    nodes,
    workload,
    metric: 'cost of a client',
    unit: 'CPU ms',
    value,
  });
  expect(nodesTable([row(1, 0.5), row(3, 0.75)])).toBe(
    [
      '| workload | figure | 1 server | 3 servers |',
      '| --- | --- | --- | --- |',
      '| D reconnect | cost of a client, CPU ms | 0.5 | 0.75 |',
    ].join('\n'),
  );
});

test('there is a row for each power of ten of people, and more people never need less', () => {
  const rows = rowsOf(breakPointTable(clusterCosts(points, 20_000)));
  expect(rows.map(([people]) => people)).toEqual(['100', '1,000', '10,000', '100,000', '1,000,000', '10,000,000']);
  const servers = rows.map((row) => Number(row[5]?.replaceAll(',', '')));
  expect(servers).toEqual(servers.toSorted((one, other) => one - other));
  expect(servers.at(-1)).toBeGreaterThan(servers[0] as number);
});

test('the picture has a panel for each thing that grows, and a mark for each step of each store', () => {
  const picture = scalePlot(points);
  expect(picture.match(/class="title"/g)).toHaveLength(3);
  // One more of each for the legend.
  expect(picture.match(/<circle/g)).toHaveLength(2 + 1);
  expect(picture.match(/<rect/g)).toHaveLength(6 + 1);
  expect(picture).not.toMatch(/NaN|Infinity|undefined/);
});
