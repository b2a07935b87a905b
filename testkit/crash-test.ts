import { parseArgs } from 'node:util';
import { whyNoSyscalls } from '../tests/syscalls.ts';
import { recordFigures } from '../tools/figures.ts';
import type { CrashFigures } from './crash-figures.ts';
import { findUnmetPoints } from './crash-points.ts';
import { type CrashReport, runCrashes } from './crash-run.ts';
import { type PowerLossReport, recordWrites, replayPowerLoss } from './power-loss-run.ts';

/** Enough to fill the write-ahead log, so that it is copied and begun anew in the record. */
const recordedMessages = 600;
const powerStartsMax = 9;

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '50' }, seed: { type: 'string' }, record: { type: 'boolean', default: false } },
});
const cycles = Number(values.cycles);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
if (!Number.isSafeInteger(cycles) || cycles < 1 || !Number.isSafeInteger(seed)) {
  console.error('cannot understand this: npm run crash-test -- --cycles N [--seed S] [--record], N and S whole numbers');
  process.exit(2);
}

console.log(`${cycles} cycles of kill -9; again with: npm run crash-test -- --cycles ${cycles} --seed ${seed}`);
const startedMs = performance.now();
const report = await runCrashes({ cycles, seed, say: console.log });
const faults = [...report.faults, ...findUnmetPoints(report.kills, report.cycles)];
const power = report.faults.length > 0 ? null : await losePower();
faults.push(...(power?.faults ?? []));
const table = tableOf(report, power, faults.length);
console.log(`\n${table.map(([what, count]) => `${what.padEnd(48)}${String(count).padStart(8)}`).join('\n')}`);
console.log(`${report.verified}\n`);
for (const fault of faults) console.log(`FAULT ${fault}`);
for (const folder of [report.keptFolder, power?.keptFolder]) {
  if (folder) console.log(`look at ${folder}: it is kept as it was found; parlour verify --data ${folder} reads it`);
}
const seconds = Math.round((performance.now() - startedMs) / 1_000);
console.log(`${faults.length === 0 ? 'nothing was lost, doubled or out of order' : `${faults.length} faults`}; ${seconds} s`);
if (values.record) recordFigures('crash-test', { seed, seconds, violations: faults.length, rows: table } satisfies CrashFigures);
process.exitCode = faults.length > 0 ? 1 : 0;

/** @returns null where the calls of a process cannot be watched */
async function losePower(): Promise<PowerLossReport | null> {
  const obstacle = whyNoSyscalls();
  if (obstacle !== null) {
    console.log(`left out: loss of what was not synced, because ${obstacle}`);
    return null;
  }
  console.log(`records ${recordedMessages} messages, and takes the power away at up to ${cycles} moments of it`);
  const recording = await recordWrites(seed, recordedMessages);
  return replayPowerLoss(recording, { seed, momentsMax: cycles, startsMax: powerStartsMax });
}

function tableOf({ cycles, kills, ...counts }: CrashReport, power: PowerLossReport | null, violations: number): [string, number][] {
  return [
    ['cycles', cycles],
    ...Object.entries(kills).map(([point, count]): [string, number] => [`  killed ${point}`, count]),
    ['messages sent', counts.sentCount],
    ['  acknowledged', counts.acknowledgedCount],
    ['  without an answer at a kill', counts.unknownCount],
    ['  sent again', counts.resentCount],
    ['  answered as there already', counts.duplicateCount],
    ['entries in the logs', counts.entryCount],
    ...(power ? presentPower(power) : []),
    ['violations', violations],
  ];
}

function presentPower({ changeCount, syncCount, toldCount, states, startedCount }: PowerLossReport): [string, number][] {
  return [
    ['writes recorded', changeCount],
    ['  syncs among them', syncCount],
    ['  entries told meanwhile', toldCount],
    ['power lost, no unsynced write is there', states.none],
    ['power lost, the first unsynced writes are there', states.first],
    ['power lost, any unsynced writes are there', states.any],
    ['  a server started on it', startedCount],
  ];
}
