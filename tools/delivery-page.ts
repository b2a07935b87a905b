import type { MutantFigures, SimulationFigures } from '../simulation/figures.ts';
import type { CrashFigures } from '../testkit/crash-figures.ts';
import { number, table, withFigures } from './figure-sections.ts';
import { readFigures } from './figures.ts';

const minutes = (seconds: number): string => `${(seconds / 60).toLocaleString('en', { maximumFractionDigits: 1 })} minutes`;

function simulationFigures(): string {
  const run = readFigures<SimulationFigures>('simulation');
  const faultCount = Object.values(run.faults).reduce((sum, count) => sum + count, 0);
  const counted = (counts: Readonly<Record<string, number>>) => Object.entries(counts).map(([what, count]) => [what, number(count)]);
  return [
    `The run of ${run.on}, ${minutes(run.seconds)} on ${run.cores} cores (${minutes(run.cpuSeconds)} of one core's work), Node ${run.node}, seeds ${run.firstSeed} and on: **${number(run.seedCount)} worlds, ${run.failedCount} in which a promise was broken**, ${number(run.eventCount)} events, ${number(run.messageCount)} messages, ${number(faultCount)} faults, ${number(run.simulatedMs / 3_600_000)} simulated hours.`,
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
