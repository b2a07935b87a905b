import { SeededRandom } from '../simulation/seeded-random.ts';
import type { LineTrouble } from './cut-line.ts';

export const engines = ['PostgreSQL', 'NATS'] as const;
export type Engine = (typeof engines)[number];

type Span = readonly [leastMs: number, boundMs: number];

/** How long each lasts. A paused server is longer away than any lease and any timeout; nothing lasts longer than that. */
const spans = {
  'server killed': [0, 8_000],
  'server paused': [1_000, 20_000],
  'PostgreSQL killed': [0, 5_000],
  'PostgreSQL paused': [1_000, 12_000],
  'PostgreSQL disk full': [2_000, 10_000],
  'PostgreSQL failed over': [0, 5_000],
  'PostgreSQL failed over without its tail': [0, 5_000],
  'NATS killed': [0, 8_000],
  'NATS paused': [1_000, 15_000],
  'line to PostgreSQL cut': [500, 10_000],
  'line to PostgreSQL slow': [2_000, 12_000],
  'line to PostgreSQL mute': [1_000, 15_000],
  'line to PostgreSQL deaf': [1_000, 15_000],
  'line to NATS cut': [500, 10_000],
  'line to NATS slow': [2_000, 12_000],
  'line to NATS mute': [1_000, 15_000],
  'line to NATS deaf': [1_000, 15_000],
} as const satisfies Readonly<
  Record<
    | `server ${'killed' | 'paused'}`
    | `${Engine} ${'killed' | 'paused'}`
    | `PostgreSQL ${'disk full' | 'failed over' | 'failed over without its tail'}`
    | `line to ${Engine} ${LineTrouble['what']}`,
    Span
  >
>;

export type TroubleKind = keyof typeof spans;
export const troubleKinds = Object.keys(spans) as readonly TroubleKind[];

/** Something that is done to a cluster, and undone. */
export type Trouble = {
  /** After the beginning. */
  readonly atMs: number;
  readonly kind: TroubleKind;
  /** Which of the servers, or whose line; null where an engine suffers. */
  readonly server: number | null;
  readonly forMs: number;
  /** Of a line that is slow. */
  readonly lateMs: number;
};

const stepMs: Span = [1_000, 5_000];
const lateMs: Span = [20, 400];
/** Whoever has suffered is let be for so long, so that it is well again before the next. */
const restMs = 3_000;

export type TimetablePlan = {
  readonly lengthMs: number;
  readonly serverCount: number;
  /** What cannot be done here. */
  readonly leftOut?: readonly TroubleKind[];
};

/** Known before it begins: the same for the same seed, whatever becomes of it. Several last at once, of each subject one at a time; each kind comes before any comes again. */
export function drawTroubles(seed: number, { lengthMs, serverCount, leftOut = [] }: TimetablePlan): readonly Trouble[] {
  const random = new SeededRandom(seed, 900);
  const freeAtMs = new Map<string, number>();
  const troubles: Trouble[] = [];
  let waiting: TroubleKind[] = [];
  for (let atMs = random.between(...stepMs); atMs < lengthMs; atMs += random.between(...stepMs)) {
    if (waiting.length === 0) waiting = shuffled(troubleKinds, random).filter((kind) => !leftOut.includes(kind));
    const server = random.between(0, serverCount);
    const forMs = random.fraction();
    const late = random.between(...lateMs);
    const kind = waiting.find((each) => (freeAtMs.get(subjectOf(each, server)) ?? 0) <= atMs);
    if (kind === undefined) continue;
    waiting = waiting.filter((each) => each !== kind);
    const [least, bound] = spans[kind];
    const trouble = {
      atMs,
      kind,
      server: ofServer(kind) ? server : null,
      forMs: Math.floor(least + forMs * (bound - least)),
      lateMs: late,
    };
    freeAtMs.set(subjectOf(kind, server), atMs + trouble.forMs + restMs);
    troubles.push(trouble);
  }
  return troubles;
}

/** What suffers: no two troubles have the same at a time. */
export function subjectOf(kind: TroubleKind, server: number | null): string {
  if (!ofServer(kind)) return kind.slice(0, kind.indexOf(' '));
  return `${kind.slice(0, kind.lastIndexOf(' '))} of ${server}`;
}

export function presentTrouble({ atMs, kind, server, forMs, lateMs: late }: Trouble): string {
  const where = server === null ? kind : kind.replace(/^server/, `server ${server + 1}`).replace(/^line/, `line of server ${server + 1}`);
  return `${(atMs / 1_000).toFixed(1).padStart(7)} s  ${where}${kind.endsWith('slow') ? ` by ${late} ms` : ''} for ${(forMs / 1_000).toFixed(1)} s`;
}

function ofServer(kind: TroubleKind): boolean {
  return kind.startsWith('server') || kind.startsWith('line');
}

function shuffled<T>(all: readonly T[], random: SeededRandom): T[] {
  return all
    .map((each) => ({ each, place: random.fraction() }))
    .sort((one, other) => one.place - other.place)
    .map(({ each }) => each);
}
