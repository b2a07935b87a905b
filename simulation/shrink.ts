import type { SeedPool } from './seed-pool.ts';
import type { SimulationReport } from './simulation.ts';

/** Worlds that are tried for one failure; what is left then is not the least, but little. */
const runsMax = 400;

/**
 * Leaves out deeds of a failed world while it still fails in the same way: halves first, then ever smaller pieces, down to single deeds. Troubles
 * that come by chance with a write or a frame are drawn anew in each world, so what is left is a world of its own with fewer deeds in it.
 * @returns the smallest world that still failed, which may be the one that was given
 */
export async function shrink(failed: SimulationReport, pool: SeedPool): Promise<SimulationReport> {
  const kind = kindOf(failed);
  let least = failed;
  let runCount = 0;
  for (let pieceCount = 2; runCount < runsMax; ) {
    const deeds = deedsOf(least);
    const pieces = cut(deeds, pieceCount);
    const worlds = pieces.map((piece) => deeds.filter((deed) => !piece.includes(deed)));
    runCount += worlds.length;
    const smaller = await firstThatFails(failed.seed, worlds, kind, pool);
    if (smaller) {
      least = smaller;
      pieceCount = Math.max(2, pieceCount - 1);
    } else if (pieceCount >= deeds.length) break;
    else pieceCount = Math.min(deeds.length, pieceCount * 2);
  }
  return least;
}

/** The first of these worlds that fails so; the threads try them side by side. */
async function firstThatFails(
  seed: number,
  worlds: readonly (readonly number[])[],
  kind: string,
  pool: SeedPool,
): Promise<SimulationReport | null> {
  let next = 0;
  let found: { readonly place: number; readonly report: SimulationReport } | null = null as {
    readonly place: number;
    readonly report: SimulationReport;
  } | null;
  await pool.runAll(
    () => {
      const only = found ? undefined : worlds[next];
      return only ? { seed, only, place: next++ } : null;
    },
    (report, { place = 0 }) => {
      // Of several that fail, the first: so the same failure shrinks the same way on every machine.
      if (kindOf(report) === kind && (!found || place < found.place)) found = { place, report };
    },
  );
  return found?.report ?? null;
}

function deedsOf({ violation }: SimulationReport): readonly number[] {
  return violation?.deeds ?? [];
}

/** What was broken, without who and where and how many: it is the same defect then, as far as one can tell. */
export function kindOf({ violation }: SimulationReport): string {
  const sentence = violation?.message.split('\n', 1)[0] ?? '';
  return sentence
    .replace(/\b[0-9a-z]{26}\b/g, 'ID')
    .replace(/\b[a-z]{3}\d(\.\d)?\b/g, 'WHO')
    .replace(/\d+/g, 'N');
}

function cut(deeds: readonly number[], pieceCount: number): number[][] {
  const length = Math.max(1, Math.ceil(deeds.length / pieceCount));
  return Array.from({ length: Math.ceil(deeds.length / length) }, (_, place) => deeds.slice(place * length, (place + 1) * length));
}
