import type { WallMs } from '@parlour/core/ids';
import { afterAll, beforeAll, describe } from 'vitest';
import { registerStoreContract } from '../../ports/register-store.contract.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { SqlRegisterStore } from '../sql/sql-register-store.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { TestDatabase } from './test-database.contract.ts';

let made: TestDatabase;
beforeAll(async () => {
  made = await TestDatabase.make();
});
afterAll(() => made[Symbol.asyncDispose]());

describe('the register store keeps its contract in PostgreSQL', () => {
  registerStoreContract(async (people) => {
    const database = await made.open();
    await made.empty();
    const db = kyselyOver(database);
    await new SqlDirectory(db).createPlaceholders(
      people.map((id) => ({ id, handle: id, handleKey: id, displayName: id, nameKey: id, createdAt: 1 as WallMs })),
    );
    return Object.assign(new SqlRegisterStore(db), { [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() });
  });
});
