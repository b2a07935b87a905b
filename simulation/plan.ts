import type { OwnerLimits } from '../apps/server/src/owner/owner-limits.ts';
import type { ClientLimits } from '../packages/sdk/src/client-limits.ts';
import { SeededRandom } from './seeded-random.ts';

/** How often something goes wrong by itself, on average; null: never. */
export type TroubleRates = {
  readonly serverCrash: number | null;
  readonly deviceCrash: number | null;
  readonly tabCrash: number | null;
  readonly tabClose: number | null;
  readonly tabSwitch: number | null;
  readonly cut: number | null;
  readonly offline: number | null;
  readonly pause: number | null;
  readonly clockJump: number | null;
  readonly diskFull: number | null;
  /** The servers’ own store is put back as it was copied. */
  readonly storeRestore: number | null;
  readonly deviceFull: number | null;
};
export type TroubleKind = keyof TroubleRates;

/** What one seed has in store: its people, its limits, and which faults come how often. */
export type Plan = {
  /** The devices of each person by how many tabs they have; 0: a program, which has none. */
  readonly people: readonly (readonly number[])[];
  readonly groupCount: number;
  /** Of what people do, the part that leads groups: begins them, adds and takes out, gives roles, names them, sets rules. */
  readonly leadShare: number;
  /** Servers over one store. */
  readonly nodeCount: number;
  readonly faultsMs: number;
  /** Of that, the last part in which nothing goes wrong any more while people go on: what got stuck is not set going by what breaks next. */
  readonly calmMs: number;
  readonly latencyMsMax: number;
  /** How often each device does something, on average. */
  readonly actEveryMs: number;
  readonly troubleEveryMs: TroubleRates;
  readonly commitFaultChance: number;
  /** Some of what nobody knows the outcome of is written later, when its writer has gone on: an engine behind a network does that. */
  readonly writesComeLate: boolean;
  readonly readFaultChance: number;
  /** For a read of the store while people act. */
  readonly readMsMax: number;
  /** Of cuts, those that one side or both are not told of. */
  readonly halfOpenChance: number;
  /** Of HTTP requests and of their answers. */
  readonly httpLossChance: number;
  /** Of writes, those in the middle of which the server dies. */
  readonly crashInWriteChance: number;
  /** Of a device's transactions, those in the middle of which the tab dies. */
  readonly tabCrashInWriteChance: number;
  /** Of crashed devices. */
  readonly evictChance: number;
  readonly restoreChance: number;
  /** Between two copies of the servers' store: of so much a restored one has lost sight. */
  readonly storeCopyEveryMs: number;
  readonly noticeLossChance: number;
  /** While there are faults, no news of a log comes from one server to another. */
  readonly nodesAreDeaf: boolean;
  /** Of notices, those that come twice, or late and so after others. */
  readonly noticeDisorderChance: number;
  readonly marksKept: number;
  readonly ownersKeptMax: number;
  readonly ownerLimits: OwnerLimits;
  readonly clientLimits: ClientLimits;
  readonly hintsBytesMax: number;
  readonly entriesBytesMax: number;
  /** Devices are told when the network is back; else they find out by themselves. */
  readonly tellsOnline: boolean;
};

/** Clients in one world; beyond, whoever comes has one program. */
const clientsMax = 14;

/** Each seed leaves whole classes of faults out, so that none hides behind another, and draws limits so small that what is rare becomes common. */
export function drawPlan(seed: number): Plan {
  const random = new SeededRandom(seed, 1_000);
  // In some worlds trouble comes upon trouble, before what came before is over.
  const haste = new SeededRandom(seed, 1_003).pick([1, 2, 4, 8]);
  const often = (chance: number, leastMs: number, boundMs: number) =>
    random.chance(chance) ? Math.ceil(random.between(leastMs, boundMs) / haste) : null;
  const share = (chance: number, most: number) => (random.chance(chance) ? random.fraction() * most : 0);
  const people = drawPeople(random);
  const deviceCount = people.reduce((sum, devices) => sum + devices.length, 0);
  const hintsBytesMax = random.between(500, 8_000);
  const clientLimits = { ...drawClientLimits(random), tailLengthBegun: new SeededRandom(seed, 1_008).pick([2, 10, 50]) };
  const nodeCount = new SeededRandom(seed, 1_001).pick([1, 1, 1, 2, 2, 3, 5]);
  const { storeRestore, writesComeLate } = drawStoreFaults(new SeededRandom(seed, 1_002), nodeCount);
  return {
    people,
    groupCount: random.pick([0, 0, 1, 1, 2]),
    leadShare: new SeededRandom(seed, 1_009).pick([0, 0, 0.1, 0.3]),
    nodeCount,
    faultsMs: random.between(25_000, 60_000),
    calmMs: new SeededRandom(seed, 1_005).pick([0, 0, 5_000, 8_000]),
    latencyMsMax: random.between(3, 120),
    actEveryMs: Math.round(random.between(600, 2_500) * Math.max(1, deviceCount / 4)),
    troubleEveryMs: {
      serverCrash: often(0.6, 3_000, 20_000),
      deviceCrash: often(0.6, 3_000, 15_000),
      tabCrash: often(0.5, 3_000, 15_000),
      tabClose: often(0.5, 5_000, 20_000),
      tabSwitch: often(0.5, 3_000, 15_000),
      cut: often(0.6, 2_000, 15_000),
      offline: often(0.4, 8_000, 30_000),
      pause: often(0.4, 6_000, 30_000),
      clockJump: often(0.4, 8_000, 30_000),
      diskFull: often(0.3, 8_000, 30_000),
      storeRestore,
      deviceFull: often(0.2, 10_000, 30_000),
    },
    commitFaultChance: share(0.7, 0.3),
    writesComeLate,
    readFaultChance: share(0.4, 0.05),
    readMsMax: new SeededRandom(seed, 1_006).pick([3, 3, 3, 3, 3, 3, 300, 1_500]),
    halfOpenChance: share(0.5, 0.7),
    httpLossChance: share(0.4, 0.3),
    crashInWriteChance: share(0.4, 0.05),
    tabCrashInWriteChance: share(0.4, 0.01),
    evictChance: share(0.4, 0.4),
    // What went under which id nobody knows, where both sides went back.
    restoreChance: storeRestore === null ? share(0.4, 0.5) : 0,
    storeCopyEveryMs: new SeededRandom(seed, 1_007).pick([1_500, 6_000]),
    noticeLossChance: share(0.4, 0.3),
    nodesAreDeaf: nodeCount > 1 && new SeededRandom(seed, 1_004).chance(0.15),
    noticeDisorderChance: share(0.4, 0.3),
    marksKept: random.pick([2, 4, 64]),
    ownersKeptMax: random.pick([2, 10, 1_000]),
    ownerLimits: {
      entriesPerAppendMax: random.pick([2, 8, 64]),
      // A batch must fit, or it is refused for ever.
      operationsQueuedMax: clientLimits.operationsPerSendMax * random.pick([1, 2, 64]),
      afterDistanceMax: random.pick([8, 40, 1_024]),
    },
    clientLimits,
    hintsBytesMax,
    entriesBytesMax: hintsBytesMax * random.between(1, 6),
    tellsOnline: random.chance(0.6),
  };
}

function drawStoreFaults(random: SeededRandom, nodeCount: number): { storeRestore: number | null; writesComeLate: boolean } {
  const storeRestore = random.chance(0.25) ? random.between(12_000, 30_000) : null;
  return { storeRestore, writesComeLate: nodeCount > 1 && random.chance(0.5) };
}

function drawPeople(random: SeededRandom): number[][] {
  const people: number[][] = [];
  const personCount = random.pick([3, 3, 3, 4, 4, 5, 6, 8, 12]);
  let clientCount = personCount;
  for (let person = 0; person < personCount; person++) {
    const wished = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () => random.pick([0, 0, 1, 2, 2, 3]));
    const devices: number[] = [];
    for (const tabCount of wished) {
      const more = Math.max(1, tabCount) - (devices.length === 0 ? 1 : 0);
      if (clientCount + more > clientsMax) continue;
      clientCount += more;
      devices.push(tabCount);
    }
    people.push(devices.length > 0 ? devices : [0]);
  }
  return people;
}

function drawClientLimits(random: SeededRandom): Omit<ClientLimits, 'tailLengthBegun'> {
  const tailLengthKept = random.pick([6, 20, 300]);
  return {
    operationsPerSendMax: random.pick([2, 8, 64]),
    entriesPerRangeMax: random.pick([3, 10, 200]),
    gapMax: random.pick([2, 5, 20, 200]),
    tailLengthMax: Math.round(tailLengthKept * 1.5),
    tailLengthKept,
  };
}
