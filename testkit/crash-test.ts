import { parseArgs } from 'node:util';
import { runCrashes } from './crash-run.ts';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '50' }, seed: { type: 'string' } } });
const cycles = Number(values.cycles);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
if (!Number.isSafeInteger(cycles) || cycles < 1 || !Number.isSafeInteger(seed)) {
  console.error('cannot understand this: npm run crash-test -- --cycles N [--seed S], both whole numbers');
  process.exit(2);
}

console.log(`${cycles} cycles of kill -9; again with: npm run crash-test -- --cycles ${cycles} --seed ${seed}`);
const startedMs = performance.now();
const { kills, sentCount, acknowledgedCount, unknownCount, entryCount, faults, verified } = await runCrashes({
  cycles,
  seed,
  say: console.log,
});
for (const [moment, count] of Object.entries(kills)) console.log(`${String(count).padStart(6)} killed ${moment}`);
console.log(`${String(sentCount).padStart(6)} messages sent, ${acknowledgedCount} of them acknowledged, ${entryCount} entries in the logs`);
console.log(`${String(unknownCount).padStart(6)} messages had no answer yet at the moment of a kill`);
console.log(verified);
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(
  `${faults.length === 0 ? 'nothing was lost, doubled or out of order' : `${faults.length} faults`}; ${Math.round((performance.now() - startedMs) / 1_000)} s`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
