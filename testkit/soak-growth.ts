/** `memoryMb`: of the whole process, once its garbage was fetched: what a collector leaves for later is no growth. */
export type SoakMinute = { readonly memoryMb: number; readonly databaseMb: number };

export type Growth = {
  readonly warmUpMinutes: number;
  readonly memoryMbPerMinute: number;
  readonly databaseMbPerMinute: number;
  readonly isTooMuch: boolean;
};

/** Beyond the growth of the database, which its page cache follows up to 64 MiB. */
export const growthMaxMbPerMinute = 0.5;

/** How fast memory grew after the warm-up, which is a third of the run. */
export function findGrowth(table: readonly SoakMinute[]): Growth {
  const warmUpMinutes = Math.ceil(table.length / 3);
  const measured = table.slice(warmUpMinutes);
  const memoryMbPerMinute = slopeOf(measured.map(({ memoryMb }) => memoryMb));
  const databaseMbPerMinute = slopeOf(measured.map(({ databaseMb }) => databaseMb));
  const isTooMuch = memoryMbPerMinute > Math.max(0, databaseMbPerMinute) + growthMaxMbPerMinute;
  return { warmUpMinutes, memoryMbPerMinute, databaseMbPerMinute, isTooMuch };
}

/** By least squares, per step; 0 where there are fewer than two values. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return spread === 0 ? 0 : values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread;
}
