import { isRefusal } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryBus } from '../apps/server/src/adapters/memory/memory-bus.ts';
import { kyselyOver } from '../apps/server/src/adapters/postgres/kysely-dialect.ts';
import { PostgresDatabase } from '../apps/server/src/adapters/postgres/postgres-database.ts';
import { PostgresLogStore } from '../apps/server/src/adapters/postgres/postgres-log-store.ts';
import { usualPatience } from '../apps/server/src/adapters/postgres/usual-patience.ts';
import { SqlDirectory } from '../apps/server/src/adapters/sql/sql-directory.ts';
import { digest16, mintSalt, nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { ConversationOwners } from '../apps/server/src/owner/conversation-owners.ts';
import { waitUntil } from '../testkit/condition.ts';
import { PostgresServer } from '../testkit/postgres-server.ts';

const writers = 8;
const deathsMin = 6;
/** By then some death has met a commit on its way. */
const deathsMax = 40;
const perLife = 60;
const patienceMs = 180_000;
const all = { fromSeq: 1 as Seq, untilSeq: 1_000_000 as Seq };

/** One device that sends one message after the other into its conversation, each under its own id until it is taken. */
class Sender {
  readonly conversation = nodeEnvironment.id() as ConversationId;
  readonly device = nodeEnvironment.id() as DeviceId;
  /** By number: where the owner said that it stands. */
  readonly acknowledged = new Map<number, Seq>();
  refusedCount = 0;
  readonly #person: PersonId;
  readonly #owners: ConversationOwners;

  constructor(person: PersonId, owners: ConversationOwners) {
    this.#person = person;
    this.#owners = owners;
  }

  async sendUntil(isOver: () => boolean): Promise<void> {
    const members = [{ person: this.#person, role: 'owner' }];
    await this.#send('create', { type: 'group', members, title: 'Tea' });
    while (!isOver()) await this.#send('message', { text: `message ${this.acknowledged.size + 1}` });
  }

  async #send(kind: 'create' | 'message', body: object): Promise<void> {
    const n = (this.acknowledged.size + 1) as OperationNumber;
    const { conversation, device } = this;
    const operation = { conversation, author: this.#person, device, n, kind, target: null, body: JSON.stringify(body), after: null };
    for (;;) {
      const [answer] = await this.#owners.send(conversation, [operation]);
      if (!answer) throw new Error('no answer');
      if (!isRefusal(answer)) return void this.acknowledged.set(n, answer.seq);
      if (answer.refused !== 'storage_unavailable' && answer.refused !== 'too_busy') throw new Error(`refused: ${answer.refused}`);
      this.refusedCount += 1;
      await nextTurn();
    }
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('PostgreSQL killed under writes, again and again: what was acknowledged stands where it was said to, once, and nothing else does', async () => {
  await using postgres = await PostgresServer.start({ durable: true });
  const options = {
    url: postgres.url(),
    poolSizeMax: 4,
    statementTimeoutMs: 10_000,
    ...usualPatience,
    schema: 'migrate',
    reportFault: () => {},
  } as const;
  await using database = await PostgresDatabase.open(options);
  const store = new PostgresLogStore(database);
  const person = nodeEnvironment.id() as PersonId;
  const placeholder = { id: person, handle: 'ana', handleKey: 'ana', displayName: 'Ana', nameKey: 'ana', createdAt: 1 as WallMs };
  await new SqlDirectory(kyselyOver(database)).createPlaceholders([placeholder]);
  const tools = { environment: nodeEnvironment, digest16, mintSalt, ownersKeptMax: 1_000, marksKept: 64, limits };
  const owners = new ConversationOwners({ store, bus: new MemoryBus(), ...tools });
  const senders = Array.from({ length: writers }, () => new Sender(person, owners));
  let isOver = false;
  const ended = Promise.all(senders.map((sender) => sender.sendUntil(() => isOver)));
  ended.catch(() => {});
  const countOf = () => senders.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  const grownBy = async (count: number) => {
    const from = countOf();
    const missing = () => (countOf() >= from + count ? null : `${countOf() - from} of ${count} more were acknowledged`);
    await Promise.race([
      waitUntil(missing, patienceMs, { everyTurn: true }),
      ended.then(() => Promise.reject(new Error('all have ended'))),
    ]);
  };
  const isMet = () => owners.counters.appendOutcomes.unknown > 0;
  for (let death = 0; death < deathsMin || (!isMet() && death < deathsMax); death++) {
    await grownBy(perLife);
    await postgres.kill();
    await postgres.start();
  }
  await grownBy(perLife);
  isOver = true;
  await ended;
  await owners.quiet();
  owners.stop();

  for (const { conversation, device, acknowledged } of senders) {
    const log = await store.loadLog(conversation);
    const marks = await store.loadMarks(conversation, { ...all });
    const entries = await store.loadRange(conversation, all);
    expect(log?.head.seq).toBe(acknowledged.size);
    expect(entries.map(({ seq, n }) => [n, seq])).toEqual([...acknowledged].map(([n, seq]) => [n, seq]));
    expect(entries.every((entry) => entry.device === device)).toBe(true);
    expect(marks.at(-1)?.chain).toBe(entries.slice(0, marks.length).at(-1)?.chain);
  }
  expect(senders.some(({ refusedCount }) => refusedCount > 0)).toBe(true);
  expect(isMet()).toBe(true);
});
