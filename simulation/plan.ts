import { SeededRandom } from './seeded-random.ts';

/** What one seed has in store: its people, its limits, and which faults come how often. Null: never. */
export type Plan = {
  readonly deviceCounts: readonly number[];
  readonly faultsMs: number;
  readonly latencyMsMax: number;
  readonly actEveryMs: number;
  readonly commitFaultChance: number;
  readonly readFaultChance: number;
  readonly diskFullEveryMs: number | null;
  readonly cutEveryMs: number | null;
  /** Of cuts, those that one side or both are not told of. */
  readonly halfOpenChance: number;
  readonly offlineEveryMs: number | null;
  readonly serverCrashEveryMs: number | null;
  /** Of writes, those in the middle of which the server dies. */
  readonly crashInWriteChance: number;
  readonly deviceCrashEveryMs: number | null;
  /** Of a device's transactions, those in the middle of which its program dies. */
  readonly deviceCrashInWriteChance: number;
  /** Of crashed devices. */
  readonly evictChance: number;
  readonly restoreChance: number;
  readonly pauseEveryMs: number | null;
  readonly clockJumpEveryMs: number | null;
  readonly noticeLossChance: number;
  readonly deviceFullEveryMs: number | null;
  readonly marksKept: number;
  readonly ownersKeptMax: number;
  readonly hintsBytesMax: number;
  readonly entriesBytesMax: number;
  /** Devices are told when the network is back; else they find out by themselves. */
  readonly tellsOnline: boolean;
  /** A group is made, and people are added to it. Seeds up to 1,000 have direct conversations only. */
  readonly hasGroup: boolean;
};

/** Some seeds leave whole classes of faults out, so that none hides behind another. A new draw goes last: so the seeds that are kept stay what they were. */
export function drawPlan(seed: number): Plan {
  const random = new SeededRandom(seed, 1_000);
  const often = (chance: number, leastMs: number, boundMs: number) => (random.chance(chance) ? random.between(leastMs, boundMs) : null);
  const share = (chance: number, most: number) => (random.chance(chance) ? random.fraction() * most : 0);
  const hintsBytesMax = random.between(500, 8_000);
  return {
    deviceCounts: random.chance(0.5) ? [2, 1] : random.chance(0.5) ? [2, 2] : [2, 1, 1],
    faultsMs: random.between(25_000, 60_000),
    latencyMsMax: random.between(3, 120),
    actEveryMs: random.between(600, 2_500),
    commitFaultChance: share(0.7, 0.3),
    readFaultChance: share(0.4, 0.05),
    diskFullEveryMs: often(0.3, 8_000, 30_000),
    cutEveryMs: often(0.7, 2_000, 15_000),
    halfOpenChance: share(0.5, 0.7),
    offlineEveryMs: often(0.4, 8_000, 30_000),
    serverCrashEveryMs: often(0.7, 3_000, 20_000),
    crashInWriteChance: share(0.5, 0.05),
    deviceCrashEveryMs: often(0.7, 3_000, 15_000),
    deviceCrashInWriteChance: share(0.4, 0.01),
    evictChance: share(0.4, 0.4),
    restoreChance: share(0.4, 0.5),
    pauseEveryMs: often(0.4, 10_000, 30_000),
    clockJumpEveryMs: often(0.4, 8_000, 30_000),
    noticeLossChance: share(0.4, 0.3),
    deviceFullEveryMs: often(0.2, 10_000, 30_000),
    marksKept: random.pick([2, 4, 64]),
    ownersKeptMax: random.pick([2, 10, 1_000]),
    hintsBytesMax,
    entriesBytesMax: hintsBytesMax * random.between(1, 6),
    tellsOnline: random.chance(0.6),
    hasGroup: random.chance(0.6) && seed > 1_000,
  };
}
