import { closedLoop, type Load, type Shape } from './message-load.ts';
import { sizes } from './sizes.ts';
import type { Mode } from './system-under-test.ts';

/** What grows while all else stays: messages that are stored, people who are there, people who are members with as many there, devices of each, servers. */
export type Growing = 'stored' | 'online' | 'members' | 'devices' | 'nodes';

export type GrowthPoint = Pick<Load, 'costUs' | 'messagesPerCommit' | 'generatorShare' | 'seededBytes'> & {
  readonly growing: Growing;
  readonly count: number;
  readonly store: 'SQLite' | 'PostgreSQL';
  /** Devices that a message goes to, the sender's own among them. */
  readonly devices: number;
};

type Step = { readonly growing: Growing; readonly count: number; readonly shape: Shape; readonly modes: readonly Mode[] };

const inFlight = 4;
const eachStore: readonly Mode[] = ['embedded', { nodes: 1 }];

function stepsOf({ stored, online, members, devices, nodes }: typeof sizes.growth): Step[] {
  const step = (growing: Growing, count: number, shape: Shape, modes = eachStore): Step => ({ growing, count, shape, modes });
  return [
    ...stored.map((count) => step('stored', count, { conversations: 8, storedMessages: count })),
    ...online.map((count) => step('online', count, { conversations: 1, members: count })),
    ...members.of.map((count) => step('members', count, { conversations: 1, members: count, online: members.online })),
    ...devices.map((count) => step('devices', count, { conversations: 8, devices: count })),
    ...nodes.map((count) => step('nodes', count, { conversations: 8 }, [{ nodes: count }])),
  ];
}

/** What a message costs at each step, with four under way in each conversation. */
export async function* measureGrowth(): AsyncGenerator<GrowthPoint> {
  for (const { growing, count, shape, modes } of stepsOf(sizes.growth)) {
    for (const mode of modes) {
      const { costUs, messagesPerCommit, generatorShare, seededBytes } = await closedLoop(shape, { inFlight, mode });
      const devices = (shape.online ?? shape.members ?? 2) * (shape.devices ?? 1);
      const store = mode === 'embedded' ? 'SQLite' : 'PostgreSQL';
      yield { growing, count, store, devices, costUs, messagesPerCommit, generatorShare, seededBytes };
    }
  }
}

export const costOf = ({ costUs: { servers, database, bus } }: Pick<GrowthPoint, 'costUs'>): number => servers + database + bus;
