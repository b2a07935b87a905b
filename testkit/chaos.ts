import { parseArgs } from 'node:util';
import { recordFigures } from '../tools/figures.ts';
import { type ChaosReport, runChaos } from './chaos-run.ts';
import type { CrashFigures } from './crash-figures.ts';

const minuteMs = 60_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, seed: { type: 'string' }, record: { type: 'boolean', default: false } },
});
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
if (!(minutes > 0 && Number.isFinite(minutes)) || !Number.isSafeInteger(seed)) {
  console.error('cannot understand this: npm run chaos -- --minutes N [--seed S] [--record], S a whole number');
  process.exit(2);
}

console.log(`${minutes} minutes of troubles; the same again with: npm run chaos -- --minutes ${minutes} --seed ${seed}`);
const startedMs = performance.now();
const report = await runChaos({ lengthMs: minutes * minuteMs, seed, say: console.log });
const table = tableOf(report);
console.log(`\n${table.map(([what, count]) => `${what.padEnd(64)}${String(count).padStart(8)}`).join('\n')}`);
console.log(`${report.verified}\n`);
for (const fault of report.faults) console.log(`FAULT ${fault}`);
const seconds = Math.round((performance.now() - startedMs) / 1_000);
const { length: violations } = report.faults;
console.log(`${violations === 0 ? 'nothing was lost, doubled or out of order' : `${violations} faults`}; ${seconds} s`);
if (values.record) recordFigures('chaos', { seed, seconds, violations, rows: table } satisfies CrashFigures);
process.exitCode = violations > 0 ? 1 : 0;

function tableOf({ troubles, ...counts }: ChaosReport): [string, number][] {
  return [
    ['troubles', Object.values(troubles).reduce((sum, count) => sum + count, 0)],
    ...Object.entries(troubles).flatMap(([kind, count]): [string, number][] => (kind in counts.leftOut ? [] : [[`  ${kind}`, count]])),
    ['servers that ended by themselves, and were started again', counts.endedCount],
    ['starts that failed, and were tried again', counts.failedStartCount],
    ['messages sent', counts.sentCount],
    ['  acknowledged', counts.acknowledgedCount],
    ['  of these while something suffered', counts.acknowledgedInTroubleCount],
    ['  sent again', counts.resentCount],
    ['  refused for now, as they could not be stored', counts.refusedCount],
    ['entries that went with a tail of PostgreSQL', counts.lostCount],
    ['  of acknowledged messages that their devices did not hold', counts.goneCount],
    ['entries in the logs', counts.entryCount],
    ['looks at everything', counts.looks],
    ['the longest until all showed the same, in ms', counts.settledMsMost],
    ['violations', counts.faults.length],
  ];
}
