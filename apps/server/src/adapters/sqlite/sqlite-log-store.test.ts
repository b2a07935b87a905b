import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersonId } from '@parlour/core/ids';
import { describe } from 'vitest';
import { logStoreContract } from '../../ports/log-store.contract.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { logStoreAgreement } from '../../ports/log-store-agreement.contract.ts';
import { logStoreLaws } from '../../ports/log-store-laws.contract.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { SqliteLogStore } from './sqlite-log-store.ts';

async function open(people: readonly PersonId[]): Promise<LogStore & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-log-'));
  const database = new SqliteDatabase({ file: join(folder, 'parlour.db'), busyTimeoutMs: 1_000, readOnly: false });
  const insert = database.connection.prepare(
    "insert into person (public_id, handle, handle_key, display_name, name_key, created_at) values (?, ?, ?, '', '', 0)",
  );
  for (const person of people) insert.run(person, person, person);
  const store: LogStore = new SqliteLogStore(database);
  return Object.assign(store, {
    [Symbol.asyncDispose]: async () => {
      database.close();
      await rm(folder, { recursive: true });
    },
  });
}

describe('the SQLite adapter keeps the contract of the log store', () => {
  logStoreContract(open);
});

describe('the SQLite adapter keeps the laws of a log store', () => {
  logStoreLaws(open);
});

describe('the SQLite adapter agrees with the reference', () => {
  logStoreAgreement(open, { runs: 25 });
});
