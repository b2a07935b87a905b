import { parentPort, workerData } from 'node:worker_threads';
import { loadWith } from './mutant-loader.ts';

/** What a thread is, all its life: with one defect, named, or as what ships. */
export type SeedThread = { readonly mutant: string | null };

const { mutant } = workerData as SeedThread;
if (mutant !== null) loadWith(mutant);
const { simulate } = await import('./simulation.ts');

// The other end of `seed-pool.ts`: one task after the other, each answered with its report.
parentPort?.on('message', async (task: Parameters<typeof simulate>[0]) => {
  parentPort?.postMessage(await simulate(task));
});
