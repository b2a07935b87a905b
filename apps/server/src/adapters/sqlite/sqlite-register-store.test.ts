import type { WallMs } from '@parlour/core/ids';
import { registerStoreContract } from '../../ports/register-store.contract.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { SqlRegisterStore } from '../sql/sql-register-store.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { SqliteDatabase } from './sqlite-database.ts';

registerStoreContract(async (people) => {
  const database = new SqliteDatabase({ file: ':memory:', busyTimeoutMs: 100, readOnly: false });
  const db = kyselyOver(database);
  await new SqlDirectory(db).createPlaceholders(
    people.map((id) => ({ id, handle: id, handleKey: id, displayName: id, nameKey: id, createdAt: 1 as WallMs })),
  );
  return Object.assign(new SqlRegisterStore(db), { [Symbol.asyncDispose]: async () => database.close() });
});
