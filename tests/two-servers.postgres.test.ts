import type { DeviceId, OperationNumber, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, test } from 'vitest';
import { MemoryBus } from '../apps/server/src/adapters/memory/memory-bus.ts';
import { PostgresLogStore } from '../apps/server/src/adapters/postgres/postgres-log-store.ts';
import { servingLock } from '../apps/server/src/adapters/postgres/serving-lock.ts';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { digest16, mintSalt, nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { ConversationOwners } from '../apps/server/src/owner/conversation-owners.ts';
import { waitUntil } from '../testkit/condition.ts';
import { granted, textsOf } from '../testkit/sdk-answers.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const holder = `select pid from pg_locks where locktype = 'advisory' and objid::bigint = ${servingLock} & 4294967295 and granted`;
const endHolder = `select pg_terminate_backend(pid) from (${holder}) as holder`;
const nobodysNats = { PARLOUR_BUS: 'nats', PARLOUR_NATS_URL: 'nats://127.0.0.1:1' };

/** A server by itself on a PostgreSQL, and a folder for another. */
async function served() {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await TestDatabase.make());
  const folders = [stack.use(await TemporaryFolder.make()), stack.use(await TemporaryFolder.make())] as const;
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: database.url };
  const server = stack.use(await ParlourProcess.start({ dataFolder: folders[0].path, env }));
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runParlour(args, { dataFolder: folders[1].path, env: { ...env, ...more } });
  return { database, folders, env, server, run, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a second server on a PostgreSQL is refused with what to do, whatever it hears; commands are not', async () => {
  await using it = await served();
  const start = ['start', '--port', '0'];
  const refused = {
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^cannot use PostgreSQL at .*: another server uses it.*PARLOUR_BUS=nats\n$/),
  };
  expect(await it.run(start)).toMatchObject(refused);
  expect(await it.run(start, nobodysNats)).toMatchObject(refused);
  expect(await it.run(['verify'])).toMatchObject({ code: 0 });
  expect((await fetch(`${it.server.url}/readyz`)).status).toBe(200);
  // One that was killed is not waited for.
  await it.server.kill();
  await using again = await ParlourProcess.start({ dataFolder: it.folders[0].path, env: it.env });
  expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
});

test('a server whose place another took while it was cut off ends by itself, and not as if it had been asked to', async () => {
  await using it = await served();
  await using other = await it.database.open();
  await other.hold(async (connection) => {
    await connection.script(`${endHolder}; select pg_advisory_lock(${servingLock})`, 'read');
    expect(await it.server.ended).toBe(1);
    await connection.script(`select pg_advisory_unlock(${servingLock})`, 'read');
  });
});

test('what another wrote while the place was lost is seen as soon as it is held again', async () => {
  await using it = await served();
  const ana = await createNodeClient({ url: it.server.url });
  const form = { email: 'ana@example.org', handle: 'ana', displayName: 'Ana', password: 'quiet ferry lemon 42 ana' };
  const person = granted(await ana.register(form)).id as PersonId;
  await ana.whenSynced();
  const conversation = granted(await ana.openDirect(person));
  const view = ana.conversation(conversation);
  granted(await view.send('to myself'));
  await ana.whenIdle();
  // All of a server that appends, and nothing that anybody could hear it by.
  await using database = await it.database.open();
  const tools = { environment: nodeEnvironment, digest16, mintSalt, ownersKeptMax: 10, marksKept: 64, limits };
  const unheard = new ConversationOwners({ store: new PostgresLogStore(database), bus: new MemoryBus(), ...tools });
  const common = {
    conversation,
    author: person,
    device: nodeEnvironment.id() as DeviceId,
    n: 1 as OperationNumber,
    target: null,
    after: null,
  };
  expect(await unheard.send(conversation, [{ ...common, kind: 'message', body: JSON.stringify({ text: 'unheard' }) }])).toEqual([
    { seq: 3 },
  ]);
  unheard.stop();
  expect(textsOf(view)).toEqual(['to myself']);
  await it.database.query(endHolder);
  await waitUntil(() => (textsOf(view).includes('unheard') ? null : `${textsOf(view)} is seen`), 5_000);
  await ana.close();
});
