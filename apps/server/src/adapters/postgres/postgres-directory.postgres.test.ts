import { afterAll, beforeAll, describe } from 'vitest';
import { directoryContract } from '../../ports/directory.contract.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { TestDatabase } from './test-database.contract.ts';

let made: TestDatabase;
beforeAll(async () => {
  made = await TestDatabase.make();
});
afterAll(() => made[Symbol.asyncDispose]());

describe('the directory keeps its contract in PostgreSQL', () => {
  directoryContract(async () => {
    const database = await made.open();
    await made.empty();
    return Object.assign(new SqlDirectory(kyselyOver(database)), { [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() });
  });
});
