/** `memoryMb`: of the whole process, once its garbage was fetched: what a collector leaves for later is no growth. */
export type SoakMinute = { readonly memoryMb: number; readonly databaseMb: number };

export type Growth = {
  readonly warmUpMinutes: number;
  readonly memoryMbPerMinute: number;
  readonly databaseMbPerMinute: number;
  /** What is kept of each conversation, within its bounds, still fills up: growth then says nothing. */
  readonly isTooShort: boolean;
  readonly isTooMuch: boolean;
};

const measuredMinutesMin = 12;

/** What a run's noise, and the last of what is kept of each conversation, make of an hour in which nothing leaks. */
export const growthMaxMbPerMinute = 0.25;

/** How fast memory grew after the warm-up, which is a third of the run. */
export function findGrowth(table: readonly SoakMinute[]): Growth {
  const warmUpMinutes = Math.ceil(table.length / 3);
  const measured = table.slice(warmUpMinutes);
  const memoryMbPerMinute = slopeOf(measured.map(({ memoryMb }) => memoryMb));
  const databaseMbPerMinute = slopeOf(measured.map(({ databaseMb }) => databaseMb));
  const isTooShort = measured.length < measuredMinutesMin;
  const isTooMuch = !isTooShort && memoryMbPerMinute > growthMaxMbPerMinute;
  return { warmUpMinutes, memoryMbPerMinute, databaseMbPerMinute, isTooShort, isTooMuch };
}

/** By least squares, per step; 0 where there are fewer than two values. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return spread === 0 ? 0 : values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread;
}
