import { mutants } from './mutants.ts';
import { SeedPool } from './seed-pool.ts';

/** What became of one deliberate defect: the first seed that saw it, and what was seen; null where it lived. */
export type Catch = { readonly mutant: string; readonly caught: { readonly seed: number; readonly message: string } | null };

/** Each defect is looked for in these many worlds. */
export const mutantSeedsMax = 2_000;

/** Looks for one defect, seed after seed. */
export async function huntMutant(mutant: string): Promise<Catch> {
  await using pool = new SeedPool(mutant);
  let caught: Catch['caught'] = null as Catch['caught'];
  let seed = 1;
  await pool.runAll(
    () => (caught || seed > mutantSeedsMax ? null : { seed: seed++ }),
    (report) => {
      // Of those that several threads see at once, the least: so the table is the same on every machine.
      if (report.violation && (!caught || report.seed < caught.seed)) caught = { seed: report.seed, message: report.violation.message };
    },
  );
  return { mutant, caught };
}

/** Looks for each; tells of each as it is caught, or has lived through them all. */
export async function huntMutants(tell: (result: Catch) => void): Promise<readonly Catch[]> {
  const results: Catch[] = [];
  for (const { name } of mutants) {
    const result = await huntMutant(name);
    results.push(result);
    tell(result);
  }
  return results;
}
