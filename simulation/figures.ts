import type { Catch } from './mutant-hunt.ts';
import { mutantSeedsMax } from './mutant-hunt.ts';
import { rarePaths } from './rare-paths.ts';
import type { Tally } from './tally.ts';

/** One run of many worlds. */
export type SimulationRun = {
  /** The day it ended, as 2026-11-27. */
  readonly on: string;
  readonly firstSeed: number;
  readonly seconds: number;
  /** Of all threads together: less than the cores would give where the machine had other work. */
  readonly cpuSeconds: number;
};

/** What runs of the same worlds came to, added up, to be kept. */
export type SimulationFigures = {
  /** Names the code that the worlds ran. */
  readonly code: string;
  readonly runs: readonly SimulationRun[];
  readonly seedCount: number;
  readonly failedCount: number;
  readonly eventCount: number;
  readonly messageCount: number;
  readonly simulatedMs: number;
  readonly faults: Times;
  readonly rarePaths: Times;
};

/** What became of each deliberate defect, to be kept; null where no world saw it. */
export type MutantFigures = {
  readonly seedsMax: number;
  readonly mutants: readonly { readonly mutant: string; readonly seed: number | null; readonly saw: string | null }[];
};

/** Of what the worlds count, that which they did to the product. */
const faultNames =
  /^(clock jump|device crash|device full|device offline|http answer lost|http request lost|notice of \w+ (doubled|late|lost)|pause|read failed|server crash|server store restored|socket cut|socket half open|storage evicted|storage restored|tab closed|tab crash|write .+|crash (before|after) the write under way)$/;

export function simulationFigures(tally: Tally, code: string, run: SimulationRun): SimulationFigures {
  const { seedCount, failedCount, eventCount, messageCount, simulatedMs, counters } = tally;
  const sorted = [...counters].sort(([one], [other]) => (one < other ? -1 : 1));
  const faults = Object.fromEntries(sorted.filter(([name]) => faultNames.test(name)));
  const taken = Object.fromEntries(rarePaths.map((path) => [path, counters.get(path) ?? 0]));
  return { code, runs: [run], seedCount, failedCount, eventCount, messageCount, simulatedMs, faults, rarePaths: taken };
}

/** Both together, where they ran the same code; else the later one alone, as nothing follows from what other code did. */
export function withEarlier(earlier: SimulationFigures | null, later: SimulationFigures): SimulationFigures {
  if (earlier?.code !== later.code) return later;
  return {
    code: later.code,
    runs: [...earlier.runs, ...later.runs],
    seedCount: earlier.seedCount + later.seedCount,
    failedCount: earlier.failedCount + later.failedCount,
    eventCount: earlier.eventCount + later.eventCount,
    messageCount: earlier.messageCount + later.messageCount,
    simulatedMs: earlier.simulatedMs + later.simulatedMs,
    faults: sumOf(earlier.faults, later.faults),
    rarePaths: sumOf(earlier.rarePaths, later.rarePaths),
  };
}

type Times = Readonly<Record<string, number>>;

function sumOf(one: Times, other: Times): Times {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

export function mutantFigures(results: readonly Catch[]): MutantFigures {
  const mutants = results.map(({ mutant, caught }) => ({
    mutant,
    seed: caught?.seed ?? null,
    // Ids and places differ from world to world; what was seen is said in the first words.
    saw: caught?.message.split('\n', 1)[0]?.slice(0, 120) ?? null,
  }));
  return { seedsMax: mutantSeedsMax, mutants };
}
