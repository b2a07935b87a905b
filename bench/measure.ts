export type Result = {
  readonly workload: string;
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  readonly must: number | null;
  readonly aim: number | null;
  /** Whether `must` is met; true where there is none. */
  readonly ok: boolean;
};

type Bar = { readonly must?: number; readonly aim?: number; readonly better?: 'less' | 'more' };

export function result(workload: string, metric: string, unit: string, value: number, { must, aim, better = 'less' }: Bar = {}): Result {
  const ok = must === undefined || (better === 'less' ? value <= must : value >= must);
  return { workload, metric, unit, value: Number(value.toPrecision(4)), must: must ?? null, aim: aim ?? null, ok };
}

export function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new RangeError('nothing was measured');
  return value;
}

export function sortedNumbers(values: readonly number[]): number[] {
  return values.toSorted((one, other) => one - other);
}

/** How busy the generator itself is; above 0.8 of a core it, and not the server, may be what is measured. */
export class GeneratorLoad {
  readonly #cpu = process.cpuUsage();
  readonly #startedAt = performance.now();

  share(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    return (user + system) / 1_000 / (performance.now() - this.#startedAt);
  }
}
