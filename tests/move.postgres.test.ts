import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { expectAgreement } from '../testkit/agreement.ts';
import { House } from '../testkit/house.ts';
import { history } from '../testkit/import-history.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { recountPostgres } from '../testkit/recount.ts';
import { seedPeople } from '../testkit/seeded-people.ts';
import { type CommandOptions, runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

/** More than are brought at once, so that a move can be killed in between. */
const lineCount = 12_000;
const password = 'nine violet kettles sing at dawn';
const quiet = { PARLOUR_LOG_LEVEL: 'fatal' };

/** A folder, an empty database, and the commands of `parlour` on the two. */
async function place() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await TemporaryFolder.make());
  const database = stack.use(await TestDatabase.make());
  const env = { ...quiet, PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: database.url };
  const dataFolder = join(folder.path, 'data');
  const embedded = (args: readonly string[], input = '') => runParlour(args, { dataFolder, env: quiet, input });
  const move = (watch: Pick<CommandOptions, 'onStdout' | 'onStderr'> = {}) =>
    runParlour(['move', '--to', 'postgres'], { dataFolder, env, ...watch });
  return { folder: folder.path, dataFolder, env, database, embedded, move, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Ends the command the moment it has said this. */
const killAt = (words: string) => (said: string, child: { kill: (signal: 'SIGKILL') => void }) => {
  if (said.includes(words)) child.kill('SIGKILL');
};

test('a folder is moved into PostgreSQL while people talk, through kills, with a short pause: nobody misses anything', async () => {
  await using it = await place();
  const file = join(it.folder, 'history.jsonl');
  writeFileSync(file, history(lineCount).join('\n'));
  expect(await it.embedded(['import', 'jsonl', file])).toMatchObject({ code: 0 });
  const logins = await seedPeople(it.dataFolder, { devices: { ana: 2, mara: 1, tom: 1 }, groupTitle: 'Ferry' });
  let server = await ParlourProcess.start({ dataFolder: it.dataFolder, env: quiet });
  const { url, port } = server;
  const house = new House(2_026);
  const acknowledgedMore = async () => {
    const [device] = house.devices;
    if (!device) throw new Error('devices were opened');
    await house.nextOf('onAcknowledged', device);
  };
  try {
    await house.open(url, logins);
    await house.online();
    house.talk();
    await acknowledgedMore();
    expect(await it.move({ onStderr: killAt('brought ') })).toMatchObject({ signal: 'SIGKILL' });
    await acknowledgedMore();
    const early = await it.move();
    expect(early).toMatchObject({ code: 0, stdout: expect.stringContaining('now stop the server') });
    await acknowledgedMore();
    await server.stop();

    const half = await runParlour(['start', '--port', '0'], it);
    expect(half).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('not all of it is there') });
    expect(await it.move({ onStdout: killAt('all the rest') })).toMatchObject({ signal: 'SIGKILL' });
    const moved = await it.move();
    expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining('every chain holds') });
    expect(await it.move()).toMatchObject({ code: 0, stdout: expect.stringContaining('already') });
    const back = await it.embedded(['start', '--port', '0']);
    expect(back).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('it was moved to PostgreSQL at') });

    server = await ParlourProcess.start({ dataFolder: it.dataFolder, port, env: it.env });
    await house.online();
    await acknowledgedMore();
    await house.stopTalking();
    await house.idle();
    const counted = await expectAgreement(() => recountPostgres(it.database.url), house.devices);
    expect([...house.faults, ...findLedgerFaults(counted, house.devices), ...counted.faults]).toEqual([]);
    expect(house.acknowledgedCount).toBe(house.sentCount);
    expect(counted.conversations.size).toBeGreaterThan(2);
    // New keys follow those that were brought.
    const made = ['user', 'create', '--handle', 'late', '--email', 'late@example.org', '--password-stdin'];
    expect(await runParlour(made, { ...it, input: `${password}\n` })).toMatchObject({ code: 0 });
  } finally {
    await house.close();
    await server.stop();
  }
});

test('what cannot be moved is refused in words, and nothing is changed', async () => {
  await using it = await place();
  await using other = await place();
  const make = (handle: string) => ['user', 'create', '--handle', handle, '--email', `${handle}@example.org`, '--password-stdin'];
  expect(await it.move()).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no database in it') });
  expect(await it.embedded(make('ada'), `${password}\n`)).toMatchObject({ code: 0 });
  expect(await it.embedded(['move', '--to', 'postgres'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('PARLOUR_POSTGRES_URL'),
  });
  expect(await it.embedded(['move', '--to', 'paper'])).toMatchObject({ code: 1, stderr: expect.stringContaining('postgres') });

  expect(await other.embedded(make('eve'), `${password}\n`)).toMatchObject({ code: 0 });
  expect(await other.move({ onStdout: killAt('all the rest') })).toMatchObject({ signal: 'SIGKILL' });
  const elsewhere = { dataFolder: it.dataFolder, env: other.env };
  const intruding = await runParlour(['move', '--to', 'postgres'], elsewhere);
  expect(intruding).toMatchObject({ code: 1, stderr: expect.stringContaining('another database is being brought into it') });
  expect(await other.move()).toMatchObject({ code: 0 });
  const late = await runParlour(['move', '--to', 'postgres'], elsewhere);
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('there are people in it already') });
  expect(await it.embedded(['verify'])).toMatchObject({ code: 0 });
});
