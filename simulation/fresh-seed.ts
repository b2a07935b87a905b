const from = 1_000_000;
const span = 1_000_000_000;

/** Where fresh seeds begin: beyond those that tests and kept seeds use, and not where they began last time. A failure names its seed. */
export function freshSeed(): number {
  return from + Math.floor(Math.random() * span);
}
