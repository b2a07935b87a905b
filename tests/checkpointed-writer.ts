import { Checkpointer } from '../apps/server/src/adapters/sqlite/checkpointer.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';

/** Writes rows 1, 2, 3 ... into the database named, one a commit, until it is killed. Says each one that is durable, and how often the log began anew. */
const [file = ''] = process.argv.slice(2);
const database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: false });
database.connection.exec('create table if not exists line (id integer primary key, text blob)');
const reportFault = (fault: unknown): void => {
  throw fault;
};
const checkpointer = new Checkpointer({ database, file, reportFault });
const insert = database.connection.prepare('insert into line (text) values (zeroblob(20000))');
for (;;) {
  const { lastInsertRowid } = await database.exclusive(() => database.transaction(() => insert.run()));
  process.stdout.write(`${lastInsertRowid} ${checkpointer.completedCount}\n`);
  await new Promise((resolve) => setImmediate(resolve));
}
