import type { Row } from './rows.ts';

/** One change of what the list shows. `atStart`: rows came or went before the first; `reset`: nothing of what was shown is left. */
export type RowStep = { readonly rows: readonly Row[]; readonly atStart: boolean; readonly reset: boolean };

/**
 * The next step from what is shown to what should be. A window that grows on one side while it shrinks on the other changes in two
 * steps, because the list can hold its place only against one of them at a time.
 */
export function nextRowStep(shown: readonly Row[], wanted: readonly Row[]): RowStep {
  const shownKeys = new Map(shown.map((row, index) => [row.key, index]));
  const overlap = wanted.findIndex((row) => shownKeys.has(row.key));
  if (overlap === -1) return { rows: wanted, atStart: false, reset: true };
  const shownStart = shownKeys.get((wanted[overlap] as Row).key) as number;
  if (overlap === shownStart) return { rows: wanted, atStart: false, reset: false };
  const wantedByKey = new Map(wanted.map((row) => [row.key, row]));
  const kept = shown.slice(shownStart).map((row) => wantedByKey.get(row.key) ?? row);
  return { rows: [...wanted.slice(0, overlap), ...kept], atStart: true, reset: false };
}

/** However far one scrolls without a rest, so many are held at most. */
const heldMax = 4_000;

/**
 * What should be shown while someone scrolls: what the window has let go of before its first row stays until they rest. The list holds its
 * place against rows that go there, and until it has come to rest, against rows that are measured below as well.
 */
export function holdBefore(shown: readonly Row[], rows: readonly Row[]): readonly Row[] {
  const first = rows[0]?.key;
  const start = shown.findIndex(({ key }) => key === first);
  return start > 0 && start <= heldMax ? [...shown.slice(0, start), ...rows] : rows;
}

/**
 * What should be shown while someone scrolls down: rows that came before the first wait until they turn around or rest. As these go there the list
 * takes it that the way stays as it was until a rest, and measures beforehand only what lies on that way: whoever turned around afterwards would
 * meet row after row that grows before their eyes.
 */
export function holdBack(shown: readonly Row[], rows: readonly Row[]): readonly Row[] {
  const first = shown[0]?.key;
  const start = rows.findIndex(({ key }) => key === first);
  return start > 0 ? rows.slice(start) : rows;
}

export function sameKeys(one: readonly Row[], other: readonly Row[]): boolean {
  return one.length === other.length && one.every((row, index) => row.key === other[index]?.key);
}
