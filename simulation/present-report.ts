import type { SimulationReport } from './simulation.ts';

/** What went wrong, the last steps before it, and the command that shows all of them. */
export function presentFailure({ seed, violation }: SimulationReport): string {
  if (!violation) throw new TypeError(`seed ${seed} did not fail`);
  return [...violation.lastSteps, '', `seed ${seed} failed: ${violation.message}`, `  npm run simulate -- --seed ${seed} --trace`].join(
    '\n',
  );
}
