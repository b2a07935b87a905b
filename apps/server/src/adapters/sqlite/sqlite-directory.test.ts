import { directoryContract } from '../../ports/directory.contract.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { SqliteDatabase } from './sqlite-database.ts';

directoryContract(async () => {
  const database = new SqliteDatabase({ file: ':memory:', busyTimeoutMs: 100, readOnly: false });
  return Object.assign(new SqlDirectory(kyselyOver(database)), { [Symbol.asyncDispose]: async () => database.close() });
});
