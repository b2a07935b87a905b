import { parseArgs } from 'node:util';
import { presentFailure } from './present-report.ts';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, trace: { type: 'boolean', default: false } },
});
const [fromText = '1', untilText = '200'] = values.seed ? [values.seed, values.seed] : (values.seeds ?? '1..200').split('..');
const [from, until] = [Number(fromText), Number(untilText)];
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(until) || from > until) {
  console.error('cannot understand the seeds: give --seed N, or --seeds FROM..TO');
  process.exit(2);
}

const counters = new Map<string, number>();
const startedAt = performance.now();
let [eventCount, simulatedMs, messageCount, failedCount] = [0, 0, 0, 0];
for (let seed = from; seed <= until; seed++) {
  const report = await simulate({ seed, ...(values.trace ? { trace: (line: string) => console.log(line) } : {}) });
  eventCount += report.eventCount;
  simulatedMs += report.simulatedMs;
  messageCount += report.messageCount;
  for (const [name, times] of report.counters) counters.set(name, (counters.get(name) ?? 0) + times);
  if (report.violation) {
    failedCount++;
    console.log(`${presentFailure(report)}\n`);
  }
}
for (const [name, times] of [...counters].sort(([one], [other]) => (one < other ? -1 : 1)))
  console.log(`${String(times).padStart(9)} ${name}`);
const seconds = (performance.now() - startedAt) / 1_000;
const hours = simulatedMs / 3_600_000;
console.log(
  `${until - from + 1} seeds, ${failedCount} failed; ${eventCount} events, ${messageCount} messages, ${hours.toFixed(2)} simulated hours in ${seconds.toFixed(1)} s`,
);
process.exitCode = failedCount > 0 ? 1 : 0;
