import { busiestRate, type Habits, loadOf, type UnitCosts, usualHabits } from '../apps/server/src/cli/capacity-sums.ts';
import type { Growing, GrowthPoint } from './growth.ts';

/** A machine for a server, and one for PostgreSQL, as they are usually to be had. */
export const assumedRoom = { memoryBytes: 16 * 2 ** 30, diskBytes: 2e12, sockets: 50_000, databaseCores: 16 };
/** Beyond this one waits for the database more often than not. */
const databaseShareMax = 0.6;

/** What one message and one connection cost on a PostgreSQL, with one server and with several. */
export type ClusterCosts = {
  readonly alone: UnitCosts;
  /** Where the people of a conversation are at different servers, so that a message is known to two and goes over the bus. */
  readonly across: UnitCosts;
  readonly databaseUs: number;
  readonly busUs: number;
};

export type BreakPoint = {
  readonly people: number;
  readonly messagesPerSecond: number;
  /** Servers that each of these would take by itself. */
  readonly serversBy: { readonly thread: number; readonly memory: number; readonly sockets: number };
  readonly servers: number;
  readonly databaseCores: number;
  readonly databaseBytes: number;
  /** Of what one server and one PostgreSQL have, what is used up the most. */
  readonly first: string;
};

function pointsOf(points: readonly GrowthPoint[], growing: Growing): [GrowthPoint, GrowthPoint] {
  const found = points
    .filter((point) => point.growing === growing && point.store === 'PostgreSQL')
    .sort((one, other) => one.count - other.count);
  const [least, most] = [found[0], found.at(-1)];
  if (!least || !most || least === most) throw new RangeError(`no two points of growing ${growing} on PostgreSQL`);
  return [least, most];
}

/** @param connectionBytes of a server's memory */
export function clusterCosts(points: readonly GrowthPoint[], connectionBytes: number): ClusterCosts {
  const [fewDevices, manyDevices] = pointsOf(points, 'devices');
  const [fewStored, manyStored] = pointsOf(points, 'stored');
  const [one, several] = pointsOf(points, 'nodes');
  const alone: UnitCosts = {
    messageUs: one.costUs.servers,
    deliveryUs: (manyDevices.costUs.servers - fewDevices.costUs.servers) / (manyDevices.devices - fewDevices.devices),
    connectionBytes,
    messageBytes: (manyStored.seededBytes - fewStored.seededBytes) / (manyStored.count - fewStored.count),
  };
  return {
    alone,
    across: { ...alone, messageUs: several.costUs.servers },
    databaseUs: Math.max(one.costUs.database, several.costUs.database),
    busUs: several.costUs.bus,
  };
}

/** What so many people need, and what would break first if they had one server and one PostgreSQL. */
export function breakPoint(people: number, { alone, across, databaseUs }: ClusterCosts, habits: Habits = usualHabits): BreakPoint {
  const needs = (costs: UnitCosts) => {
    const { 'serving thread': thread, memory, sockets } = loadOf(people, costs, habits, assumedRoom);
    return { thread, memory, sockets };
  };
  const byOne = needs(alone);
  const isEnough = Math.max(...Object.values(byOne)) <= 1;
  const load = isEnough ? byOne : needs(across);
  const messagesPerSecond = busiestRate(people, habits);
  const databaseCores = (messagesPerSecond * databaseUs) / 1e6 / databaseShareMax;
  const databaseBytes = people * habits.messagesADay * habits.keptDays * alone.messageBytes;
  const shares: Record<string, number> = {
    "a server's thread": load.thread,
    "a server's memory": load.memory,
    "a server's sockets": load.sockets,
    "PostgreSQL's cores": databaseCores / assumedRoom.databaseCores,
    "PostgreSQL's disk": databaseBytes / assumedRoom.diskBytes,
  };
  const [first] = Object.entries(shares).reduce((most, each) => (each[1] > most[1] ? each : most));
  const whole = (share: number) => Math.max(1, Math.ceil(share));
  return {
    people,
    messagesPerSecond,
    serversBy: { thread: whole(load.thread), memory: whole(load.memory), sockets: whole(load.sockets) },
    servers: whole(Math.max(load.thread, load.memory, load.sockets)),
    databaseCores,
    databaseBytes,
    first,
  };
}
