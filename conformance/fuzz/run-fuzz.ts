import { Device } from '../device.ts';
import { Person } from '../person.ts';
import { FuzzedHttp } from './fuzzed-http.ts';
import { FuzzedSocket, type FuzzTools } from './fuzzed-socket.ts';
import { Planted } from './planted.ts';
import type { Pool } from './schema-value.ts';
import { SeededRandom } from './seeded-random.ts';

const socketsPerPerson = 2;
/** Of all that is said, so much is said over HTTP. */
const httpShare = 0.15;

export type FuzzWish = { readonly url: string; readonly frameCount: number; readonly seed: number };
export type FuzzReport = { readonly problems: readonly string[]; readonly counts: ReadonlyMap<string, number>; readonly seconds: number };

/** Several people on several sockets say what the schemas make, and worse; two others must not notice. */
export async function runFuzz({ url, frameCount, seed }: FuzzWish): Promise<FuzzReport> {
  const startedMs = performance.now();
  const counts = new Map<string, number>();
  const problems: string[] = [];
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  using planted = await Planted.settle(url);
  const way = { url, line: 'WebSocket' } as const;
  const people = [await Person.register(way), await Person.register(way)];
  const pool = await poolOf(people, planted.conversation);
  const tools = (person: Person, stream: number): FuzzTools => ({
    person,
    random: new SeededRandom(seed, stream),
    pool,
    secrets: planted.secrets,
    count,
  });
  const requestCount = Math.ceil((frameCount * httpShare) / people.length);
  const framesEach = Math.ceil((frameCount * (1 - httpShare)) / (people.length * socketsPerPerson));
  const runs = people.flatMap((person, index) => [
    new FuzzedHttp(tools(person, 100 + index)).run(requestCount),
    ...Array.from({ length: socketsPerPerson }, (_, socket) => new FuzzedSocket(tools(person, 10 * index + socket)).run(framesEach)),
  ]);
  const note = (error: unknown): void => void problems.push(error instanceof Error ? error.message : String(error));
  for (const run of await Promise.allSettled(runs)) if (run.status === 'rejected') note(run.reason);
  await planted.expectUntouched().catch(note);
  return { problems, counts, seconds: (performance.now() - startedMs) / 1_000 };
}

/** What the fuzzers know of the server: themselves, what they have, and the number of a conversation that is none of theirs. */
async function poolOf(people: readonly Person[], theirs: string): Promise<Pool> {
  const [one, other] = people;
  if (!one || !other) throw new TypeError('two people');
  using device = await Device.enter(one);
  const conversations = [await device.openDirect(other), await device.openDirect(one)];
  const chains = ['A'.repeat(22)];
  for (const conversation of conversations) chains.push((await device.headOf(conversation)).chain);
  return { ids: [...people.map(({ id }) => id), ...conversations, theirs, device.id], chains, seqs: [0, 1, 2, 3] };
}

export function presentFuzz({ problems, counts, seconds }: FuzzReport, { seed }: FuzzWish): readonly string[] {
  const said = [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([what, many]) => `${many} ${what}`);
  const all = [...counts.values()].reduce((sum, many) => sum + many, 0);
  return [
    ...problems.map((problem) => `FAIL  fuzz     ${problem.replaceAll('\n', '\n      ')}`),
    `${problems.length > 0 ? 'the fuzzer' : 'ok    fuzz    '} said ${all} things in ${seconds.toFixed(1)} s with seed ${seed}: ${said.join(', ')}`,
  ];
}
