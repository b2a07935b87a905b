import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrations } from '../apps/server/src/adapters/sql/migrations.ts';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import type { SeededRandom } from '../simulation/seeded-random.ts';
import { runParlour } from '../tests/parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from '../tests/parlour-process.ts';
import { DeadlyOrder } from './deadly-order.ts';

/** Before the table of versions and each statement, before the commit of all, and after it. */
const stepCount = migrations.flatMap(({ statements }) => statements).length + 3;

/**
 * A server is killed while it makes the schema of a new folder, which is the only migration there is so far; the next start must find nothing
 * of it or all, and serve.
 */
export class SchemaDeath {
  readonly faults: string[] = [];

  /** @returns what was done, in words */
  async happen(random: SeededRandom): Promise<string> {
    await using folder = await TemporaryFolder.make();
    const dataFolder = join(folder.path, 'data');
    const order = new DeadlyOrder(folder.path);
    const step = random.between(1, stepCount + 1);
    order.give('schema', step);
    const died = await runParlour(['start', '--port', '0'], { dataFolder, env: order.env });
    if (died.signal !== 'SIGKILL')
      this.faults.push(`a first start did not come to step ${step} of the schema: ${died.code} ${died.stderr}`);
    const found = schemaIn(dataFolderPaths.database(dataFolder));
    const whole = wholeSchema();
    const isWhole = found === whole;
    if (found !== '[]' && !isWhole) this.faults.push(`a start killed at step ${step} of the schema left a part of it: ${found}`);
    if (isWhole !== (step === stepCount))
      this.faults.push(`killed at step ${step} of ${stepCount}, the schema is ${isWhole ? '' : 'not '}there`);
    {
      await using _server = await ParlourProcess.start({ dataFolder, env: { PARLOUR_LOG_LEVEL: 'warn' } });
    }
    if (schemaIn(dataFolderPaths.database(dataFolder)) !== whole) this.faults.push('the start after it did not make the whole schema');
    const verified = await runParlour(['verify'], { dataFolder });
    if (verified.code !== 0) this.faults.push(`parlour verify after a killed first start ended with ${verified.code}: ${verified.stderr}`);
    return `at step ${step} of ${stepCount} of the first schema`;
  }
}

function wholeSchema(): string {
  using database = new SqliteDatabase({ file: ':memory:', busyTimeoutMs: 0, readOnly: false });
  return schemaOf(database.connection);
}

function schemaIn(file: string): string {
  using connection = new DatabaseSync(file, { readOnly: true });
  return schemaOf(connection);
}

function schemaOf(connection: DatabaseSync): string {
  return JSON.stringify(connection.prepare('select type, name, sql from sqlite_schema order by type, name').all());
}
