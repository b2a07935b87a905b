import { expect, test } from 'vitest';
import type { PostgresDatabase } from './postgres-database.ts';
import { PostgresUnusable } from './postgres-unusable.ts';
import { type Company, ServingLock, servingLock } from './serving-lock.ts';
import { TestDatabase } from './test-database.contract.ts';
import { usualPatience } from './usual-patience.ts';
import { WireTap } from './wire-tap.contract.ts';

const take = (url: string, company: Company) => ServingLock.take({ url, company, ...usualPatience, reportFault: () => {} });
const ask = (database: PostgresDatabase) => database.read({ text: 'select 1 as one', values: [] });
const answered = [{ one: 1 }];
const holders = async (made: TestDatabase): Promise<number[]> =>
  (
    await made.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and granted and (classid::bigint << 32) + objid::bigint = ${servingLock}
        and database = (select oid from pg_database where datname = current_database())`,
    )
  ).map(({ pid }) => pid);

/** A server whose lock lies behind a wire that can break, and whose database does not. */
async function serving(company: Company) {
  const stack = new AsyncDisposableStack();
  const made = stack.use(await TestDatabase.make());
  const wire = stack.use(await WireTap.to(made.url));
  const lock = stack.use(await take(wire.url, company));
  const database = stack.use(await made.open({ lock }));
  const breakWire = async () => {
    wire.tap = { toServer: () => 'cut', toClient: () => 'cut' };
    const [pid] = await holders(made);
    await made.query(`select pg_terminate_backend(${pid})`);
    await expect.poll(() => lock.isHeld).toBe(false);
  };
  return { made, wire, lock, database, breakWire, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('servers that hear of each other use one database, and one that does not is refused beside them, with what to do', async () => {
  await using made = await TestDatabase.make();
  await using one = await take(made.url, 'together');
  await using two = await take(made.url, 'together');
  expect([one.isHeld, two.isHeld]).toEqual([true, true]);
  const refused = take(made.url, 'alone');
  await expect(refused).rejects.toThrow(PostgresUnusable);
  await expect(refused).rejects.toThrow(
    /another server uses it, and this one would not hear of it; end that one, or give each PARLOUR_BUS=nats$/,
  );
});

test('beside one that hears of nobody every other is refused, until it is gone', async () => {
  await using made = await TestDatabase.make();
  {
    await using _alone = await take(made.url, 'alone');
    await expect(take(made.url, 'alone')).rejects.toThrow(PostgresUnusable);
    await expect(take(made.url, 'together')).rejects.toThrow(/another server uses it with PARLOUR_BUS=memory/);
  }
  await using next = await take(made.url, 'together');
  expect(next.isHeld).toBe(true);
});

test('a server that lost its lock asks nothing of the database until it has it again, and then knows that it may have missed something', async () => {
  await using it = await serving('alone');
  let retaken = 0;
  it.lock.onRetaken(() => retaken++);
  expect(await ask(it.database)).toEqual(answered);
  await it.breakWire();
  const failure = { name: 'StorageFailure', outcome: 'not_applied' };
  await expect(it.database.write({ text: 'select 1 as one', values: [] })).rejects.toMatchObject(failure);
  expect(retaken).toBe(0);
  it.wire.mend();
  expect(await ask(it.database)).toEqual(answered);
  expect([it.lock.isHeld, retaken, (await holders(it.made)).length]).toEqual([true, 1, 1]);
});

test('it takes the lock again by itself, though nobody asks', async () => {
  await using it = await serving('together');
  await it.breakWire();
  it.wire.mend();
  await expect.poll(() => it.lock.isHeld).toBe(true);
});

test.each(['alone', 'together'] as const)(
  'a server (%s) whose place another took meanwhile serves nobody from then on, and says why',
  async (company) => {
    await using it = await serving(company);
    await it.breakWire();
    await using other = await take(it.made.url, 'alone');
    it.wire.mend();
    expect(await it.lock.whenTaken).toBeInstanceOf(PostgresUnusable);
    await expect(ask(it.database)).rejects.toMatchObject({
      outcome: 'not_applied',
      message: expect.stringContaining('another server uses it'),
    });
    expect(other.isHeld).toBe(true);
  },
);

test('a connection of its own that PostgreSQL does not know to be lost does not keep it out', async () => {
  await using it = await serving('alone');
  const [before] = await holders(it.made);
  // What it asks next never comes there, and then its end of the wire breaks; the other end stays.
  let asked = 0;
  let retaken = 0;
  it.lock.onRetaken(() => retaken++);
  it.wire.tap = { toServer: () => (asked++ === 0 ? 'hold' : 'pass'), toClient: () => 'pass' };
  await it.wire.heldFromAGoneSender();
  await expect.poll(() => retaken).toBe(1);
  const after = await holders(it.made);
  expect(after).toHaveLength(1);
  expect(after).not.toEqual([before]);
});
