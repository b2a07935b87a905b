import type { SimulationReport } from './simulation.ts';

/** What went wrong, the last steps before it, and the command that shows all of them. */
export function presentFailure({ seed, violation }: SimulationReport): string {
  if (!violation) throw new TypeError(`seed ${seed} did not fail`);
  return [...violation.lastSteps, '', `seed ${seed} failed: ${violation.message}`, `  npm run simulate -- --seed ${seed} --trace`].join(
    '\n',
  );
}

/** What is left of a failure once all that it does not need is left out. */
export function presentShrunk({ seed, violation: before }: SimulationReport, { violation }: SimulationReport): string {
  if (!before || !violation) throw new TypeError(`seed ${seed} did not fail`);
  return [
    ...violation.lastSteps.slice(-30),
    '',
    `seed ${seed} still fails with ${violation.deeds.length} of its ${before.deeds.length} deeds: ${violation.message.split('\n', 1)[0]}`,
    `  npm run simulate -- --seed ${seed} --only ${violation.deeds.join(',') || 'none'} --trace`,
  ].join('\n');
}
