import type { Environment } from '@parlour/core/environment';

/** One after the other, in ms: an answer that was lost was lost for long enough, or what it was about is applied late. */
const afterMs = [1_000, 4_000, 16_000] as const;

/** From an unknown outcome on: what was written then, now or a little later, is told to those who can be told by nobody else. */
export function tellUnknown(
  environment: Pick<Environment, 'timer'>,
  tell: () => void,
  [next, ...later]: readonly number[] = afterMs,
): void {
  if (next === undefined) return;
  environment.timer(next, () => {
    tell();
    tellUnknown(environment, tell, later);
  });
}
