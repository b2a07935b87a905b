import type { Plan, TroubleKind } from './plan.ts';
import { SeededRandom } from './seeded-random.ts';

/** Something that will be done to the world or in it, known before the world begins: so any of them can be left out, and the others stay. */
export type Deed = {
  /** Its place in the timetable; a replay names it by this. */
  readonly index: number;
  /** After the beginning of the faults. */
  readonly atMs: number;
  readonly kind: TroubleKind | 'act' | 'group' | 'copy' | 'storeCopy';
  /** Which device acts, or which group. */
  readonly about: number;
  /** Its own, so that it draws the same whatever else happens. */
  readonly random: SeededRandom;
};

type Series = { readonly kind: Deed['kind']; readonly about: number; readonly meanMs: number };

const goOnInCalm: readonly Deed['kind'][] = ['act', 'group'];
const copyEveryMs = 6_000;
const groupEveryMs = 3_000;

export function drawTimetable(seed: number, plan: Plan): readonly Deed[] {
  const deviceCount = plan.people.reduce((sum, devices) => sum + devices.length, 0);
  const series: Series[] = [
    ...Array.from({ length: deviceCount }, (_, about) => ({ kind: 'act' as const, about, meanMs: plan.actEveryMs })),
    ...Array.from({ length: plan.groupCount }, (_, about) => ({ kind: 'group' as const, about, meanMs: groupEveryMs })),
    ...(plan.restoreChance > 0 ? [{ kind: 'copy' as const, about: 0, meanMs: copyEveryMs }] : []),
    ...(plan.troubleEveryMs.storeRestore === null ? [] : [{ kind: 'storeCopy' as const, about: 0, meanMs: plan.storeCopyEveryMs }]),
    ...Object.entries(plan.troubleEveryMs).flatMap(([kind, meanMs]) =>
      meanMs === null ? [] : [{ kind: kind as TroubleKind, about: 0, meanMs }],
    ),
  ];
  return series
    .flatMap((each, place) => {
      const untilMs = goOnInCalm.includes(each.kind) ? plan.faultsMs : plan.faultsMs - plan.calmMs;
      return timesOf(new SeededRandom(seed, 1_100 + place), each, untilMs).map((atMs) => ({ ...each, place, atMs }));
    })
    .sort((one, other) => one.atMs - other.atMs || one.place - other.place)
    .map(({ kind, about, atMs }, index) => ({ index, atMs, kind, about, random: new SeededRandom(seed, 100_000 + index) }));
}

function timesOf(random: SeededRandom, { meanMs }: Series, untilMs: number): number[] {
  const times: number[] = [];
  const step = () => random.between(Math.ceil(meanMs * 0.3), Math.ceil(meanMs * 1.7));
  for (let atMs = step(); atMs < untilMs; atMs += step()) times.push(atMs);
  return times;
}
