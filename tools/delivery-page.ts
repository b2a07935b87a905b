import type { MutantFigures, SimulationFigures } from '../simulation/figures.ts';
import type { CrashFigures } from '../testkit/crash-figures.ts';
import { number, table, withFigures } from './figure-sections.ts';
import { readFigures } from './figures.ts';

const minutes = (seconds: number): string => `${(seconds / 60).toLocaleString('en', { maximumFractionDigits: 1 })} minutes`;

function simulationFigures(): string {
  const run = readFigures<SimulationFigures>('simulation');
  const faultCount = Object.values(run.faults).reduce((sum, count) => sum + count, 0);
  const counted = (counts: Readonly<Record<string, number>>) => Object.entries(counts).map(([what, count]) => [what, number(count)]);
  const { runs, code } = run;
  const total = (of: 'seconds' | 'cpuSeconds') => minutes(runs.reduce((sum, each) => sum + each[of], 0));
  const each = runs.map(({ on, firstSeed, seconds }) => `${on}, ${minutes(seconds)}, seeds ${firstSeed} and on`).join('; ');
  return [
    `${runs.length === 1 ? 'One run' : `${runs.length} runs`} of the same code (\`${code}\`, the digest of all that a world runs): ${each}. Together ${total('seconds')} on ${run.cores} cores (${total('cpuSeconds')} of one core's work), Node ${run.node}: **${number(run.seedCount)} worlds, ${run.failedCount} in which a promise was broken**, ${number(run.eventCount)} events, ${number(run.messageCount)} messages, ${number(faultCount)} faults, ${number(run.simulatedMs / 3_600_000)} simulated hours.`,
    table(['fault', 'times'], counted(run.faults)),
    table(['rare path', 'times taken'], counted(run.rarePaths)),
  ].join('\n\n');
}

function mutantFigures(): string {
  const { on, seedsMax, mutants } = readFigures<MutantFigures>('mutants');
  const caught = mutants.filter(({ seed }) => seed !== null);
  const rows = mutants.map(({ mutant, seed, saw }) => [mutant, seed ?? `not in ${number(seedsMax)}`, saw ?? '']);
  return [
    `The run of ${on}: ${caught.length} of ${mutants.length} were caught within ${number(seedsMax)} worlds.`,
    table(['defect put in', 'first seed that saw it', 'what was seen'], rows),
  ].join('\n\n');
}

function crashFigures(name: 'crash-test' | 'chaos'): string {
  const { on, seed, seconds, rows, violations } = readFigures<CrashFigures>(name);
  return [
    `The run of ${on}, seed ${seed}, ${number(seconds)} s: **${violations} violations**.`,
    table(
      ['what', 'times'],
      rows.map(([what, count]) => [what.trim(), number(count)]),
    ),
  ].join('\n\n');
}

export const deliveryPage = (): string =>
  withFigures('docs/delivery.md', {
    simulation: simulationFigures,
    mutants: mutantFigures,
    'crash-test': () => crashFigures('crash-test'),
    chaos: () => crashFigures('chaos'),
  });
