import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused } from '@parlour/sdk/refusal';
import { expect, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { takePostgresSnapshot } from '../apps/server/src/cli/postgres-snapshot.ts';
import { contentOf, history, historyChannelCount } from '../testkit/import-history.ts';
import { type CommandEnd, runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const password = 'nine violet kettles sing at dawn';
const lineCount = 3_000;

/** A folder and a database, and the commands of `parlour` on the two. */
async function place() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await TemporaryFolder.make());
  const database = stack.use(await TestDatabase.make());
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: database.url, PARLOUR_LOG_LEVEL: 'fatal' };
  const dataFolder = join(folder.path, 'data');
  const run = (args: readonly string[], input = ''): Promise<CommandEnd> => runParlour(args, { dataFolder, env, input });
  const write = (name: string, lines: readonly string[]): string => {
    const file = join(folder.path, name);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  return { dataFolder, env, database, run, write, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const createUser = (handle: string) => ['user', 'create', '--handle', handle, '--email', `${handle}@example.org`, '--password-stdin'];

test('a person is made while the server runs, and logs in at once', async () => {
  await using it = await place();
  await using server = await ParlourProcess.start({ dataFolder: it.dataFolder, env: { ...it.env, PARLOUR_REGISTRATION: 'closed' } });
  expect(await it.run(createUser('ada'), `${password}\n`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('ada can log in now'),
  });
  expect(await it.run(createUser('ada'), `${password}\n`)).toMatchObject({ code: 1 });
  const client = await createNodeClient({ url: server.url });
  const me = await client.logIn({ name: 'ada', password });
  expect(isRefused(me) ? me.sentence : me.handle).toBe('ada');
  await client.close();
});

test('history is imported to the same entries as into SQLite, runs again without doubling, and its authors are claimed and removed', async () => {
  await using it = await place();
  const file = it.write('history.jsonl', history(lineCount));
  const args = ['import', 'jsonl', file, '--json'];
  const embedded = await runParlour(args, { dataFolder: join(dirname(file), 'embedded') });
  const imported = await it.run(args);
  expect(imported.code).toBe(0);
  const { seconds: _, ...report } = JSON.parse(imported.stdout);
  const { seconds: __, ...expected } = JSON.parse(embedded.stdout);
  expect(report).toEqual(expected);
  const again = JSON.parse((await it.run(args)).stdout);
  expect(again).toMatchObject({ written: { message: 0, action: 0, system: 0 }, leftOut: expected.leftOut });

  using snapshot = await takePostgresSnapshot(it.database.url, { postgresStatementTimeoutMs: 30_000 });
  const said = contentOf(dirname(snapshot.file));
  expect(said.length).toBeGreaterThan(lineCount / 2);
  expect(said).toEqual(contentOf(join(dirname(file), 'embedded')));

  const claim = ['import', 'claim', 'author7', '--email', 'seven@example.org', '--password-stdin'];
  expect(await it.run(claim, `${password}\n`)).toMatchObject({ code: 0 });
  expect(await it.run(['import', 'remove', 'author7'])).toMatchObject({ code: 1 });
  expect(await it.run(['import', 'remove', 'author14'])).toMatchObject({ code: 0 });
  const verified = await it.run(['verify', '--json']);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, conversations: historyChannelCount });
});

test('verify names what was altered in PostgreSQL, and ends with exit code 1', async () => {
  await using it = await place();
  await it.run(['import', 'jsonl', it.write('history.jsonl', history(300))]);
  await it.database.query(
    `update entry set body = replace(body, 'line 20 ', 'line 21 ') where seq = (select min(seq) from entry where body like '%line 20 %')`,
  );
  const verified = await it.run(['verify', '--json']);
  expect(verified).toMatchObject({ code: 1, stderr: expect.stringContaining('faults found') });
  expect(JSON.parse(verified.stdout).faults[0]).toMatchObject({ seq: expect.any(Number), what: 'the body is not the one that was hashed' });
});

test('doctor looks at PostgreSQL, changes nothing in it, and says what to do about what is wrong', async () => {
  await using it = await place();
  const findings = async () => {
    const { findings: found } = JSON.parse((await it.run(['doctor', '--json'])).stdout) as {
      findings: { check: string; state: string; found: string }[];
    };
    return new Map(found.map((finding) => [finding.check, finding]));
  };
  const before = await findings();
  expect(before.get('database')).toMatchObject({ state: 'ok', found: expect.stringMatching(/is PostgreSQL \d+/) });
  expect(before.get('schema')).toMatchObject({ state: 'ok', found: 'there is none yet; the first start makes it' });
  // The suite's server is told to be quick.
  expect(before.get('durability')).toMatchObject({ state: 'fault', found: 'fsync and full_page_writes of the server are off' });
  expect(await it.database.query('select 1 from pg_tables where schemaname = $$public$$')).toEqual([]);
  await it.run(createUser('ada'), `${password}\n`);
  expect((await findings()).get('schema')).toMatchObject({ state: 'ok', found: expect.stringMatching(/^version \d+$/) });
  await it.database.query('update schema_version set version = version + 100');
  expect((await findings()).get('schema')).toMatchObject({ state: 'fault' });
  const env = { ...it.env, PARLOUR_POSTGRES_URL: `${it.database.url}_not` };
  const missing = await runParlour(['doctor'], { dataFolder: it.dataFolder, env });
  expect(missing).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('fault    database: cannot use PostgreSQL: there is no such database'),
  });
});

test('a start without its PostgreSQL ends with a sentence, and so do commands', async () => {
  await using it = await place();
  const env = { ...it.env, PARLOUR_POSTGRES_URL: 'postgresql://parlour:hidden@127.0.0.1:1/parlour' };
  for (const args of [['start', '--port', '0'], ['verify'], createUser('ada')]) {
    const end = await runParlour(args, { dataFolder: it.dataFolder, env, input: `${password}\n` });
    expect(end).toMatchObject({ code: 1, stdout: '', stderr: 'cannot use PostgreSQL: connect ECONNREFUSED 127.0.0.1:1\n' });
  }
  expect(await it.run(['verify'])).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing of Parlour is in it') });
});
