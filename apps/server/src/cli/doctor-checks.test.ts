import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolderPaths, openDataFolder } from '../adapters/sqlite/data-folder.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { type Config, isConfigProblem, loadConfig } from '../config.ts';
import { checkAll } from './doctor-checks.ts';
import type { Finding } from './finding.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A folder as a first start leaves it, then changed. */
function usedFolder(sql = ''): string {
  const folder = emptyFolder();
  using opened = openDataFolder(folder);
  using database = new SqliteDatabase({ file: opened.databaseFile, busyTimeoutMs: 1_000, readOnly: false });
  database.connection.exec(sql);
  return folder;
}

function configOf(env: Readonly<Record<string, string>>): Config {
  const config = loadConfig({ PARLOUR_PORT: '0', PARLOUR_SOCKETS_MAX: '10', ...env }, {}, () => '');
  if (isConfigProblem(config)) throw new Error(JSON.stringify(config));
  return config;
}

async function findingsOf(folder: string, env: Readonly<Record<string, string>> = {}): Promise<readonly Finding[]> {
  return checkAll(configOf({ PARLOUR_DATA: folder, ...env }));
}

async function finding(check: string, folder: string, env: Readonly<Record<string, string>> = {}): Promise<Finding | undefined> {
  return (await findingsOf(folder, env)).find((each) => each.check === check);
}

test('all is well in a folder that a server has used, and each thing was looked at', async () => {
  const findings = await findingsOf(usedFolder());
  expect(findings.filter(({ state }) => state === 'fault')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    'configuration',
    'folder',
    'secrets',
    'disk',
    'port',
    'schema',
    'integrity',
    'time of messages',
    'clock',
    'open files',
  ]);
});

test('a folder that is not there yet is no fault, and is not made by looking', async () => {
  const parent = emptyFolder();
  expect(await finding('folder', join(parent, 'deep', 'data'))).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('the first start makes it'),
  });
  expect(readdirSync(parent)).toEqual([]);
});

test('a folder that is a file, and one that others may look into', async () => {
  const folder = emptyFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(await finding('folder', file)).toMatchObject({ state: 'fault', todo: expect.stringContaining('PARLOUR_DATA') });
  chmodSync(folder, 0o755);
  expect(await finding('folder', folder)).toMatchObject({ state: 'warning', todo: `chmod 700 ${folder}` });
});

test('who uses the folder is told', async () => {
  const folder = usedFolder();
  expect(await finding('folder', folder)).toMatchObject({ found: `${folder}, which nobody is using now` });
  using _opened = openDataFolder(folder);
  expect(await finding('folder', folder)).toMatchObject({ found: `${folder}, which a running Parlour is using` });
});

test('secrets that others can read', async () => {
  const folder = usedFolder();
  chmodSync(dataFolderPaths.accessTokenKey(folder), 0o640);
  expect(await finding('secrets', folder)).toMatchObject({ state: 'fault', todo: expect.stringContaining('chmod 600') });
});

test('a port that another program has, and an address that is not of this machine', async () => {
  const folder = emptyFolder();
  await using other = createServer();
  const port = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
  );
  expect(await finding('port', folder, { PARLOUR_PORT: String(port) })).toMatchObject({
    state: 'fault',
    todo: expect.stringContaining('PARLOUR_PORT'),
  });
  const foreign = { PARLOUR_PORT: String(port), PARLOUR_HOST: '203.0.113.7' };
  expect(await finding('port', folder, foreign)).toMatchObject({ state: 'fault', todo: expect.stringContaining('PARLOUR_HOST') });
});

test('a schema that is too new', async () => {
  const folder = usedFolder(`insert into schema_version values (99, 'from the future')`);
  expect(await finding('schema', folder)).toMatchObject({ state: 'fault', found: expect.stringContaining('version 99') });
});

test('a damaged database, and a file that is none', async () => {
  const folder = usedFolder(`insert into person (public_id, handle, handle_key, display_name, name_key, created_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000) select i, i, i, 'a long name to fill pages', i, 0 from n`);
  const file = dataFolderPaths.database(folder);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(16_384, 0xff), 0, 16_384, 65_536);
  closeSync(handle);
  expect(await finding('integrity', folder)).toMatchObject({ state: 'fault', todo: expect.stringContaining('backup') });
  writeFileSync(file, 'this is a text, and long enough not to be taken for something that was only begun');
  expect(await finding('integrity', folder)).toMatchObject({ state: 'fault', found: expect.stringContaining('not a database') });
});

test('messages from the future say that the clock is behind', async () => {
  const folder = usedFolder(
    `insert into conversation (public_id, type, head, chain, ord, member_seq, activity) values ('c', 2, 1, x'00', 1, 1, 9e12)`,
  );
  expect(await finding('time of messages', folder)).toMatchObject({ state: 'warning', todo: expect.stringContaining('NTP') });
});

test('more sockets than files', async () => {
  const env = { PARLOUR_SOCKETS_MAX: '10000000' };
  expect(await finding('open files', emptyFolder(), env)).toMatchObject({
    state: 'warning',
    todo: expect.stringContaining('PARLOUR_SOCKETS_MAX='),
  });
});

test('a certificate that cannot be read', async () => {
  const folder = emptyFolder();
  const file = join(folder, 'cert.pem');
  writeFileSync(file, 'not a certificate');
  const env = { PARLOUR_TLS_CERT: file, PARLOUR_TLS_KEY: file };
  expect(await finding('certificate', folder, env)).toMatchObject({ state: 'fault', todo: expect.stringContaining('PARLOUR_TLS_CERT') });
});
