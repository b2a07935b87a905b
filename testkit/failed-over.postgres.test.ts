import type { ConversationId, LoginId, WallMs } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { kyselyOver } from '../apps/server/src/adapters/postgres/kysely-dialect.ts';
import { createPeople, Writer } from '../apps/server/src/adapters/postgres/one-conversation.contract.ts';
import type { PostgresDatabase } from '../apps/server/src/adapters/postgres/postgres-database.ts';
import { PostgresLogStore } from '../apps/server/src/adapters/postgres/postgres-log-store.ts';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { SqlDirectory } from '../apps/server/src/adapters/sql/sql-directory.ts';
import { nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { DurableLog } from './durable-log.ts';
import { bringRenewals } from './lost-renewals.ts';

const at = 1_700_000_000_000 as WallMs;

/** A database with one message, and what happens to each of two copies of it. */
async function parted(former: (of: Change) => Promise<void>, replica: (of: Change) => Promise<void> = async () => {}) {
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await TestDatabase.make());
  const begun = await first.open();
  const [person] = await createPeople(begun, 1);
  if (!person) throw new Error('one person was made');
  const writer = new Writer(nodeEnvironment.id() as ConversationId, person);
  const created = writer.creation();
  const said = writer.says(created.state, 'kept');
  const store = new PostgresLogStore(begun);
  for (const append of [created, said]) expect(await store.commit({ appends: [append], markers: [] })).toEqual(['ok']);
  const directory = new SqlDirectory(kyselyOver(begun));
  const login = nodeEnvironment.id() as LoginId;
  await directory.createLogin({ client: 'program', label: '', address: '', id: login, person, createdAt: at, lastUsedAt: at });
  await begun[Symbol.asyncDispose]();
  const second = stack.use(await TestDatabase.make(`template ${first.name}`));
  for (const [made, change] of [
    [first, former],
    [second, replica],
  ] as const) {
    await using database = await made.open();
    await change({ database, writer, state: said.state, login });
  }
  const made = stack.move();
  return { formerUrl: first.url, url: second.url, second, writer, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

type Change = {
  readonly database: PostgresDatabase;
  readonly writer: Writer;
  readonly state: ReturnType<Writer['says']>['state'];
  readonly login: LoginId;
};

async function say({ database, writer, state }: Change, ...texts: readonly string[]): Promise<void> {
  const outcomes = await new PostgresLogStore(database).commit({ appends: [writer.says(state, ...texts)], markers: [] });
  expect(outcomes).toEqual(['ok']);
}

test('what a replica lacks that took the place of another is named, and is not missed from then on', async () => {
  await using it = await parted((of) => say(of, 'lost', 'lost, too'));
  const log = new DurableLog();
  const lost = await log.failedOver(it);
  expect(lost).toEqual([expect.stringContaining(`${it.writer.conversation} 3 `), expect.stringContaining(`${it.writer.conversation} 4 `)]);
  expect(log.checker.entriesOf(it.writer.conversation)).toHaveLength(2);
  await log.readPostgres(it.url);
  expect(log.faults).toEqual([]);
});

test('a replica whose log is another is found out, and so is one that lacks something where nothing was to be lost', async () => {
  await using it = await parted(
    (of) => say(of, 'here'),
    (of) => say(of, 'there'),
  );
  const other = new DurableLog();
  await other.failedOver(it);
  expect(other.faults.join('\n')).toContain('failed over to another log, from 3');

  await using without = await parted((of) => say(of, 'acknowledged'));
  const log = new DurableLog();
  await log.readPostgres(without.formerUrl);
  await log.readPostgres(without.url);
  expect(log.faults.join('\n')).toContain('its head is 2');
});

test('refresh tokens that went with a tail are brought over', async () => {
  const token = (hash: string, login: LoginId) => ({ hash, login, createdAt: at, expiresAt: (at + 1) as WallMs });
  await using it = await parted(({ database, login }) => new SqlDirectory(kyselyOver(database)).createRefreshToken(token('lost', login)));
  expect(await bringRenewals(it)).toBe(1);
  expect(await it.second.query('select hash from refresh_token')).toEqual([{ hash: 'lost' }]);
  expect(await bringRenewals(it)).toBe(0);
});
