import { parentPort } from 'node:worker_threads';
import { mutants } from './mutants.ts';
import { simulate } from './simulation.ts';

/** What a thread is asked: one world. `mutant` names the defect that is put into it. */
export type SeedTask = { readonly seed: number; readonly mutant: string | null };

// The other end of `seed-pool.ts`: one seed after the other, each answered with its report.
parentPort?.on('message', async ({ seed, mutant }: SeedTask) => {
  const defect = mutant === null ? {} : mutants[mutant];
  if (!defect) throw new TypeError(`there is no mutant called ${mutant}`);
  parentPort?.postMessage(await simulate({ seed, mutant: defect }));
});
