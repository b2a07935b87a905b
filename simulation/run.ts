import { readFigures, recordFigures } from '../tools/figures.ts';
import { type Command, help, parseCommand } from './command.ts';
import { mutantFigures, type SimulationFigures, simulationFigures, withEarlier } from './figures.ts';
import { freshSeed } from './fresh-seed.ts';
import { huntMutants, mutantSeedsMax } from './mutant-hunt.ts';
import { presentFailure, presentShrunk } from './present-report.ts';
import { neverTaken } from './rare-paths.ts';
import { SeedPool } from './seed-pool.ts';
import { shrink } from './shrink.ts';
import { type SimulationReport, simulate } from './simulation.ts';
import { Tally } from './tally.ts';
import { worldCode } from './world-code.ts';

/** Failures that are printed whole; of those beyond only the seeds. */
const printedMax = 10;
/** Failures that are shrunk, as each takes some hundred worlds. */
const shrunkMax = 3;
const recordEveryMs = 300_000;

async function runSeed({ seed, only, trace }: Extract<Command, { run: 'seed' }>): Promise<number> {
  const report = await simulate({ seed, ...(only ? { only } : {}), ...(trace ? { trace: (line: string) => console.log(line) } : {}) });
  if (report.violation) {
    console.log(presentFailure(report));
    if (!only) await printShrunk([report]);
  }
  console.log(`seed ${seed}: ${report.eventCount} events, ${(report.simulatedMs / 1_000).toFixed(1)} s, trace hash ${report.traceHash}`);
  return report.violation ? 1 : 0;
}

/** The least of each: what is left of it fails too, and is short enough to read. */
async function printShrunk(failed: readonly SimulationReport[]): Promise<void> {
  await using pool = new SeedPool();
  for (const report of failed) console.log(`\n${presentShrunk(report, await shrink(report, pool))}`);
}

async function runMany(nextSeed: () => number | null, records: boolean): Promise<number> {
  await using pool = new SeedPool();
  const tally = new Tally();
  const failed: SimulationReport[] = [];
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  let firstSeed: number | null = null;
  const nextTask = () => {
    const seed = nextSeed();
    firstSeed ??= seed;
    return seed === null ? null : { seed };
  };
  const secondsSoFar = () => (performance.now() - startedMs) / 1_000;
  const code = worldCode();
  const earlier = records ? readFigures<SimulationFigures>('simulation') : null;
  const record = () => {
    const { user, system } = process.cpuUsage(startedCpu);
    const cpuSeconds = (user + system) / 1_000_000;
    const on = new Date().toISOString().slice(0, 10);
    const run = { on, firstSeed: firstSeed ?? 0, seconds: secondsSoFar(), cpuSeconds };
    recordFigures('simulation', withEarlier(earlier, simulationFigures(tally, code, run)));
  };
  let recordedMs = startedMs;
  await pool.runAll(nextTask, (report) => {
    tally.add(report);
    // Now and then, so that what ends a run of hours does not take with it what it came to.
    if (records && performance.now() > recordedMs + recordEveryMs) {
      recordedMs = performance.now();
      record();
    }
    if (!report.violation) return;
    if (failed.length < shrunkMax) failed.push(report);
    console.log(tally.failedCount <= printedMax ? `${presentFailure(report)}\n` : `seed ${report.seed} failed too`);
  });
  console.log(tally.present(secondsSoFar()));
  if (records) record();
  await printShrunk(failed);
  const missing = neverTaken(tally.counters, tally.seedCount);
  for (const path of missing) console.log(`never taken in ${tally.seedCount} worlds: ${path}`);
  return tally.failedCount > 0 || missing.length > 0 ? 1 : 0;
}

function seedsBetween(fromSeed: number, untilSeed: number): () => number | null {
  let seed = fromSeed;
  return () => (seed <= untilSeed ? seed++ : null);
}

function freshSeedsFor(minutes: number): () => number | null {
  const endMs = performance.now() + minutes * 60_000;
  let seed = freshSeed();
  console.log(`fresh seeds from ${seed} on, for ${minutes} minutes`);
  return () => (performance.now() < endMs ? seed++ : null);
}

async function runMutants(records: boolean): Promise<number> {
  const results = await huntMutants(({ mutant, caught }) =>
    console.log(
      caught
        ? `${String(caught.seed).padStart(5)} ${mutant}: ${caught.message.split('\n', 1)[0]}`
        : `LIVES ${mutant}: no seed up to ${mutantSeedsMax} saw it`,
    ),
  );
  if (records) recordFigures('mutants', mutantFigures(results));
  const lived = results.filter(({ caught }) => caught === null);
  console.log(`${results.length} mutants, ${results.length - lived.length} caught; before each stands the first seed that saw it`);
  return lived.length > 0 ? 1 : 0;
}

async function run(command: Command): Promise<number> {
  switch (command.run) {
    case 'help':
      console.log(help);
      return 0;
    case 'seed':
      return runSeed(command);
    case 'seeds':
      return runMany(seedsBetween(command.fromSeed, command.untilSeed), command.records);
    case 'minutes':
      return runMany(freshSeedsFor(command.minutes), command.records);
    case 'mutants':
      return runMutants(command.records);
  }
}

const command = parseCommand(process.argv.slice(2));
if ('problem' in command) {
  console.error(`cannot understand this: ${command.problem}\nnpm run simulate -- --help shows what can be done`);
  process.exitCode = 2;
} else process.exitCode = await run(command);
