import { StorageFailure } from '@parlour/core/errors';
import type { ConversationId, OperationNumber, RegisterVersion } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { nodeEnvironment } from '../../node-environment.ts';
import type { Append } from '../../ports/log-store.ts';
import { SqlRegisterStore } from '../sql/sql-register-store.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { createPeople, Writer } from './one-conversation.contract.ts';
import type { PostgresOptions } from './postgres-database.ts';
import { PostgresLogStore } from './postgres-log-store.ts';
import { TestDatabase } from './test-database.contract.ts';
import { WireTap } from './wire-tap.contract.ts';

/**
 * A conversation that was just begun, seen by a store behind a wire and by another that has its own. The one behind the wire knows all keys, so
 * the next that its one connection carries is a commit.
 */
async function talk(options: Partial<PostgresOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const made = stack.use(await TestDatabase.make());
  const wire = stack.use(await WireTap.to(made.url));
  const behind = stack.use(await made.open({ url: wire.url, poolSizeMax: 1, ...options }));
  const beside = stack.use(await made.open());
  const [person] = await createPeople(beside, 1);
  if (!person) throw new Error('one person was made');
  const writer = new Writer(nodeEnvironment.id() as ConversationId, person);
  const created = writer.creation();
  const stores = { behind: new PostgresLogStore(behind), beside: new PostgresLogStore(beside) };
  expect(await stores.behind.commit({ appends: [created], markers: [] })).toEqual(['ok']);
  return { made, wire, writer, person, state: created.state, stores, database: behind, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function failureOf(work: Promise<unknown>): Promise<StorageFailure> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (!(error instanceof StorageFailure)) throw new Error(`no failure of the storage: ${error}`);
  return error;
}

const commitOf = (append: Append) => ({ appends: [append], markers: [] });
const textsOf = async (store: PostgresLogStore, conversation: ConversationId): Promise<string[]> => {
  const entries = await store.loadRange(conversation, { fromSeq: 2 as never, untilSeq: 100 as never });
  return entries.map(({ body }) => (JSON.parse(body ?? '{}') as { text: string }).text);
};

test('a wire that breaks before the commit arrives: unknown, and it is not there', async () => {
  await using it = await talk();
  const { wire, stores, writer, state } = it;
  wire.tap = { toServer: () => 'cut', toClient: () => 'pass' };
  const append = writer.says(state, 'a message');
  expect((await failureOf(stores.behind.commit(commitOf(append)))).outcome).toBe('unknown');
  wire.mend();
  // The same store finds its way again, and the log where it was.
  expect((await stores.behind.loadLog(writer.conversation))?.head).toEqual(state.head);
  expect(await stores.behind.commit(commitOf(append))).toEqual(['ok']);
  expect(await textsOf(stores.beside, writer.conversation)).toEqual(['a message']);
});

test('a wire that breaks before the answer arrives: unknown, and it is there once, whoever tries again', async () => {
  await using it = await talk();
  const { wire, stores, writer, state } = it;
  let isSent = false;
  wire.tap = {
    toServer: () => {
      isSent = true;
      return 'pass';
    },
    toClient: () => (isSent ? 'cut' : 'pass'),
  };
  const append = writer.says(state, 'a message');
  expect((await failureOf(stores.behind.commit(commitOf(append)))).outcome).toBe('unknown');
  wire.mend();
  expect((await stores.behind.loadLog(writer.conversation))?.head).toEqual(append.state.head);
  const n = append.entries[0]?.n as OperationNumber;
  expect((await stores.behind.findOperation(writer.device, n))?.mark.seq).toBe(2);
  expect(await stores.behind.commit(commitOf(append))).toEqual(['conflict']);
  expect(await textsOf(stores.beside, writer.conversation)).toEqual(['a message']);
});

test('a statement that arrives long after its sender gave up does not land over what was appended since', async () => {
  await using it = await talk();
  const { wire, stores, writer, state } = it;
  wire.tap = { toServer: () => 'hold', toClient: () => 'pass' };
  const late = failureOf(stores.behind.commit(commitOf(writer.says(state, 'a message that is late'))));
  await wire.heldFromAGoneSender();
  expect((await late).outcome).toBe('unknown');
  const newer = writer.says(state, 'newer');
  expect(await stores.beside.commit(commitOf(newer))).toEqual(['ok']);
  await wire.release();
  expect((await stores.beside.loadLog(writer.conversation))?.head).toEqual(newer.state.head);
  expect(await textsOf(stores.beside, writer.conversation)).toEqual(['newer']);
});

test('a statement that arrives late on a log where nothing happened lands once: its sender finds it there', async () => {
  await using it = await talk();
  const { wire, stores, writer, state } = it;
  wire.tap = { toServer: () => 'hold', toClient: () => 'pass' };
  const append = writer.says(state, 'a message that is late');
  const late = failureOf(stores.behind.commit(commitOf(append)));
  await wire.heldFromAGoneSender();
  expect((await late).outcome).toBe('unknown');
  expect((await stores.beside.loadLog(writer.conversation))?.head).toEqual(state.head);
  await wire.release();
  expect(await stores.beside.commit(commitOf(append))).toEqual(['conflict']);
  expect(await textsOf(stores.beside, writer.conversation)).toEqual(['a message that is late']);
});

test('a server that does not answer is left in time: unknown', async () => {
  await using it = await talk({ statementTimeoutMs: 3_000, answerGraceMs: 0 });
  const { wire, stores, writer, state } = it;
  let isSent = false;
  wire.tap = {
    toServer: () => {
      isSent = true;
      return 'pass';
    },
    toClient: () => (isSent ? 'hold' : 'pass'),
  };
  const append = writer.says(state, 'a message');
  expect((await failureOf(stores.behind.commit(commitOf(append)))).outcome).toBe('unknown');
  wire.mend();
  expect((await stores.behind.loadLog(writer.conversation))?.head).toEqual(append.state.head);
});

/** Another program has the conversation's row for as long as the work takes. */
async function withLockedRow(it: Awaited<ReturnType<typeof talk>>, work: () => Promise<void>): Promise<void> {
  await using other = await it.made.open();
  await other.hold(async (connection) => {
    await connection.begin();
    await connection.run(
      { text: 'select 1 from conversation where public_id = $1 for update', values: [it.writer.conversation] },
      'statement',
    );
    await work();
    await connection.rollBack();
  });
}

test('a statement that the server gives up was not applied', async () => {
  await using it = await talk({ statementTimeoutMs: 2_000 });
  const { stores, writer, state } = it;
  const append = writer.says(state, 'a message');
  await withLockedRow(it, async () => {
    const tooLong = await failureOf(stores.behind.commit(commitOf(append)));
    expect([tooLong.outcome, tooLong.message]).toEqual(['not_applied', 'cannot use PostgreSQL: the statement took too long']);
  });
  expect(await stores.behind.commit(commitOf(append))).toEqual(['ok']);
});

test('a statement whose connection an administrator ends is unknown', async () => {
  await using it = await talk();
  const { made, stores, writer, state } = it;
  const append = writer.says(state, 'a message');
  await withLockedRow(it, async () => {
    const ended = failureOf(stores.behind.commit(commitOf(append)));
    const terminate =
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = $$Lock$$';
    await expect.poll(async () => (await made.query(terminate)).length).toBe(1);
    expect((await ended).outcome).toBe('unknown');
  });
  expect(await stores.behind.commit(commitOf(append))).toEqual(['ok']);
});

test('reads say that nothing was applied, whatever broke, and work again by themselves', async () => {
  await using it = await talk();
  const { made, wire, stores, writer, state } = it;
  wire.tap = { toServer: () => 'cut', toClient: () => 'pass' };
  expect((await failureOf(stores.behind.loadLog(writer.conversation))).outcome).toBe('not_applied');
  expect((await failureOf(stores.behind.loadLog(writer.conversation))).outcome).toBe('not_applied');
  wire.mend();
  expect((await stores.behind.loadLog(writer.conversation))?.head).toEqual(state.head);
  await made.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  await expect
    .poll(() =>
      stores.behind.loadLog(writer.conversation).then(
        (log) => log?.head,
        () => null,
      ),
    )
    .toEqual(state.head);
});

test('a server that takes no writes says so: nothing was applied', async () => {
  await using it = await talk();
  const { stores, writer, state, database } = it;
  await database.hold((connection) => connection.script('set default_transaction_read_only = on', 'statement'));
  const refused = await failureOf(stores.behind.commit(commitOf(writer.says(state, 'a message'))));
  expect([refused.outcome, refused.message]).toEqual([
    'not_applied',
    'cannot use PostgreSQL: it takes no writes: it is a replica, or was made read-only',
  ]);
});

test('a transaction of several statements that breaks: not applied before its commit, unknown from there on', async () => {
  await using it = await talk();
  const { wire, database, person } = it;
  const registers = new SqlRegisterStore(kyselyOver(database));
  const put = (key: string) => registers.put(person, { key, expectVer: 0 as RegisterVersion, value: 'x', step: 1 });
  let spoken = 0;
  const countUntil = (last: number, fate: 'cut' | 'pass') => () => (++spoken === last ? fate : 'pass');
  // How often it speaks, seen while nothing breaks; the last of it is the commit.
  wire.tap = { toServer: countUntil(0, 'pass'), toClient: () => 'pass' };
  expect(await put('whole')).toEqual({ outcome: 'ok', ver: 1 });
  const lastSpoken = spoken;
  expect(lastSpoken).toBeGreaterThan(3);
  for (let cutAt = 1; cutAt <= lastSpoken; cutAt++) {
    spoken = 0;
    wire.tap = { toServer: countUntil(cutAt, 'cut'), toClient: () => 'pass' };
    expect((await failureOf(put('cut'))).outcome).toBe(cutAt === lastSpoken ? 'unknown' : 'not_applied');
    wire.mend();
    // This connects again, so that what is counted next is the transaction alone.
    expect((await registers.loadHead(person)).ver).toBe(1);
  }
  spoken = 0;
  wire.tap = { toServer: countUntil(0, 'pass'), toClient: () => (spoken === lastSpoken ? 'cut' : 'pass') };
  expect((await failureOf(put('answer lost'))).outcome).toBe('unknown');
  wire.mend();
  expect(await registers.loadRegisters(person, ['cut', 'answer lost'])).toEqual([{ key: 'answer lost', ver: 2, value: 'x' }]);
});

test('the commit of a transaction that had failed is not taken for one', async () => {
  await using it = await talk();
  const { database } = it;
  await database.hold(async (connection) => {
    await connection.begin();
    await expect(connection.run({ text: 'select 1 / 0', values: [] }, 'statement')).rejects.toThrow('division by zero');
    expect((await failureOf(connection.commit())).outcome).toBe('not_applied');
  });
  expect(await database.read({ text: 'select 1 as one', values: [] })).toEqual([{ one: 1 }]);
});

test('commits of two servers over the same conversations wait for each other, never in a ring, and one of them wins each', async () => {
  await using made = await TestDatabase.make();
  await using here = await made.open();
  await using there = await made.open();
  const [person] = await createPeople(here, 1);
  if (!person) throw new Error('one person was made');
  const stores = [new PostgresLogStore(here), new PostgresLogStore(there)];
  const writers = Array.from({ length: 24 }, () => new Writer(nodeEnvironment.id() as ConversationId, person));
  let states = writers.map((writer) => writer.creation().state);
  for (let round = 0; round < 30; round++) {
    const wishes = stores.map((_, index) => {
      const appends = writers.map((writer, place) => {
        const state = states[place];
        if (!state) throw new RangeError('no such conversation');
        return round === 0 ? writer.creation() : writer.says(state, `${index} says ${round}`);
      });
      return index === 0 ? appends : appends.reverse();
    });
    const outcomes = await Promise.all(stores.map((store, index) => store.commit({ appends: wishes[index] ?? [], markers: [] })));
    const won = new Map<ConversationId, Append>();
    for (const [index, all] of outcomes.entries()) {
      for (const [place, outcome] of all.entries()) {
        const append = wishes[index]?.[place];
        if (!append) throw new RangeError('more outcomes than appends');
        if (outcome === 'conflict') continue;
        expect(outcome).toBe('ok');
        expect(won.has(append.conversation)).toBe(false);
        won.set(append.conversation, append);
      }
    }
    expect(won.size).toBe(writers.length);
    states = writers.map((writer) => won.get(writer.conversation)?.state as Append['state']);
  }
  for (const [place, writer] of writers.entries()) expect(await stores[0]?.loadLog(writer.conversation)).toEqual(states[place]);
});

test('a commit that waited while its server was lost is not sent to whoever answers now: it stands on what that one may lack', async () => {
  const retaken: (() => void)[] = [];
  const held = Promise.withResolvers<void>();
  const lock = { isHeld: true, hold: () => held.promise, onRetaken: (listener: () => void) => void retaken.push(listener) };
  await using it = await talk({ lock });
  const { stores, writer, state } = it;
  const append = writer.says(state, 'a message');
  lock.isHeld = false;
  const failure = failureOf(stores.behind.commit(commitOf(append)));
  for (const listener of retaken) listener();
  held.resolve();
  expect((await failure).outcome).toBe('not_applied');
  lock.isHeld = true;
  expect(await textsOf(stores.beside, writer.conversation)).toEqual([]);
  expect(await stores.behind.commit(commitOf(append))).toEqual(['ok']);
});
