import { breakPoint, type ClusterCosts, clusterCosts } from '../bench/break-points.ts';
import { costOf, type Growing, type GrowthPoint } from '../bench/growth.ts';
import type { NodesRow } from '../bench/nodes.ts';
import type { PlacementFigures } from '../bench/placement.ts';
import { number, table, withFigures } from './figure-sections.ts';
import { type Figures, readFigures } from './figures.ts';
import { scalePlot } from './scale-plot.ts';

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

const count = (value: number): string => value.toLocaleString('en');
const us = (value: number): string => (value < 100 ? value.toFixed(1) : number(value));

const growingNames: Readonly<Record<Growing, string>> = {
  stored: 'messages stored before',
  devices: 'devices of each of two people',
  nodes: 'servers',
  online: 'members, all of them there',
  members: 'members, 100 of them there',
};

/** A row for each step, the stores beside each other. */
export function growthTable(points: readonly GrowthPoint[]): string {
  const steps = points.filter(
    (point, index) => points.findIndex((each) => each.growing === point.growing && each.count === point.count) === index,
  );
  const rows = steps.map((step) => {
    const of = (store: GrowthPoint['store']) =>
      points.find((point) => point.growing === step.growing && point.count === step.count && point.store === store);
    const [sqlite, postgres] = [of('SQLite'), of('PostgreSQL')];
    const parts = postgres === undefined ? ['', '', ''] : [postgres.costUs.servers, postgres.costUs.database, postgres.costUs.bus].map(us);
    return [
      growingNames[step.growing],
      count(step.count),
      sqlite === undefined ? '' : us(costOf(sqlite)),
      postgres === undefined ? '' : us(costOf(postgres)),
      ...parts,
    ];
  });
  return table(['growing', 'to', 'SQLite, us', 'PostgreSQL, us', 'servers', 'database', 'bus'], rows);
}

/** A row for each figure, the numbers of servers beside each other. */
export function nodesTable(rows: readonly NodesRow[]): string {
  const nodes = [...new Set(rows.map((row) => row.nodes))];
  const figures = rows.filter(({ nodes: of }) => of === nodes[0]);
  const cells = figures.map(({ workload, metric, unit }) => [
    workload,
    unit === '' ? metric : `${metric}, ${unit}`,
    ...nodes.map((of) => {
      const found = rows.find((row) => row.nodes === of && row.workload === workload && row.metric === metric);
      return found === undefined ? '' : count(found.value);
    }),
  ]);
  return table(['workload', 'figure', ...nodes.map((of) => (of === 1 ? '1 server' : `${of} servers`))], cells);
}

const breakPointPeople = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/** A row for each power of ten of people. */
export function breakPointTable(costs: ClusterCosts): string {
  const rows = breakPointPeople.map((people) => {
    const { messagesPerSecond, serversBy, servers, databaseCores, databaseBytes, first } = breakPoint(people, costs);
    return [
      count(people),
      messagesPerSecond < 10 ? messagesPerSecond.toFixed(1) : number(messagesPerSecond),
      ...[serversBy.thread, serversBy.memory, serversBy.sockets, servers].map(count),
      databaseCores < 10 ? databaseCores.toFixed(2) : number(databaseCores),
      databaseBytes < 1e12 ? `${number(databaseBytes / 1e9)} GB` : `${number(databaseBytes / 1e12)} TB`,
      first,
    ];
  });
  return table(
    [
      'people',
      'messages/s',
      'servers by their thread',
      'by memory',
      'by sockets',
      'servers',
      "PostgreSQL's cores",
      'its disk',
      'used up first',
    ],
    rows,
  );
}

const measuredOn = ({ on, node, cores }: Figures<object>): string => `Measured on ${on}, ${cores} virtual cores, Node ${node}.`;

function growthFigures(): string {
  const figures = readFigures<{ points: readonly GrowthPoint[] }>('growth');
  return `![CPU of a message as each of these grows](pictures/growth.svg)\n\n${growthTable(figures.points)}\n\n${measuredOn(figures)}`;
}

function nodesFigures(): string {
  const figures = readFigures<{ rows: readonly NodesRow[] }>('nodes');
  return `${nodesTable(figures.rows)}\n\n${measuredOn(figures)}`;
}

function breakPointFigures(): string {
  const { points } = readFigures<{ points: readonly GrowthPoint[] }>('growth');
  const connection = readFigures<{ rows: readonly NodesRow[] }>('nodes').rows.find(({ metric }) => metric === 'memory of a connection');
  if (connection === undefined) throw new Error('the memory of a connection was not measured on PostgreSQL');
  return breakPointTable(clusterCosts(points, connection.value * 1_000));
}

export const growthPicture = (): string => scalePlot(readFigures<{ points: readonly GrowthPoint[] }>('growth').points);

export const scalePage = (): string =>
  withFigures('docs/scale.md', {
    placement: placementFigures,
    growth: growthFigures,
    nodes: nodesFigures,
    'break points': breakPointFigures,
  });
