import type { PersonId, WallMs } from '@parlour/core/ids';
import { afterAll, beforeAll, describe } from 'vitest';
import { logStoreContract } from '../../ports/log-store.contract.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { logStoreAgreement } from '../../ports/log-store-agreement.contract.ts';
import { logStoreLaws } from '../../ports/log-store-laws.contract.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { PostgresJournal } from './postgres-journal.ts';
import { PostgresLogStore } from './postgres-log-store.ts';
import { TestDatabase } from './test-database.contract.ts';

let made: TestDatabase;
beforeAll(async () => {
  made = await TestDatabase.make();
});
afterAll(() => made[Symbol.asyncDispose]());

async function open(people: readonly PersonId[], isNoted = false): Promise<LogStore & AsyncDisposable> {
  const database = await made.open();
  await made.empty();
  await new SqlDirectory(kyselyOver(database)).createPlaceholders(
    people.map((id) => ({ id, handle: id, handleKey: id, displayName: id, nameKey: id, createdAt: 1 as WallMs })),
  );
  const journal = isNoted ? new PostgresJournal(database) : null;
  return Object.assign(new PostgresLogStore(database, journal), { [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() });
}

describe('the PostgreSQL adapter keeps the contract of the log store', () => {
  logStoreContract(open);
});

describe('the PostgreSQL adapter keeps the contract of the log store where it notes its commits', () => {
  logStoreContract((people) => open(people, true));
});

describe('the PostgreSQL adapter keeps the laws of a log store', () => {
  logStoreLaws(open);
});

describe('the PostgreSQL adapter agrees with the reference', () => {
  logStoreAgreement(open, { runs: 15 });
});
