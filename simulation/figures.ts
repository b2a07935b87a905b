import type { Catch } from './mutant-hunt.ts';
import { mutantSeedsMax } from './mutant-hunt.ts';
import { rarePaths } from './rare-paths.ts';
import type { Tally } from './tally.ts';

/** What a run of many worlds came to, to be kept. */
export type SimulationFigures = {
  readonly firstSeed: number;
  readonly seconds: number;
  /** Of all threads together: less than the cores would give where the machine had other work. */
  readonly cpuSeconds: number;
  readonly seedCount: number;
  readonly failedCount: number;
  readonly eventCount: number;
  readonly messageCount: number;
  readonly simulatedMs: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly rarePaths: Readonly<Record<string, number>>;
};

/** What became of each deliberate defect, to be kept; null where no world saw it. */
export type MutantFigures = {
  readonly seedsMax: number;
  readonly mutants: readonly { readonly mutant: string; readonly seed: number | null; readonly saw: string | null }[];
};

/** Of what the worlds count, that which they did to the product. */
const faultNames =
  /^(clock jump|device crash|device full|device offline|http answer lost|http request lost|notice of \w+ (doubled|late|lost)|pause|read failed|server crash|server store restored|socket cut|socket half open|storage evicted|storage restored|tab closed|tab crash|write .+|crash (before|after) the write under way)$/;

export function simulationFigures(tally: Tally, run: Pick<SimulationFigures, 'firstSeed' | 'seconds' | 'cpuSeconds'>): SimulationFigures {
  const { seedCount, failedCount, eventCount, messageCount, simulatedMs, counters } = tally;
  const sorted = [...counters].sort(([one], [other]) => (one < other ? -1 : 1));
  const faults = Object.fromEntries(sorted.filter(([name]) => faultNames.test(name)));
  const taken = Object.fromEntries(rarePaths.map((path) => [path, counters.get(path) ?? 0]));
  return { ...run, seedCount, failedCount, eventCount, messageCount, simulatedMs, faults, rarePaths: taken };
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
