import type { DeviceId, OperationNumber, RegisterVersion, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, inject, test } from 'vitest';
import { MemoryBus } from '../apps/server/src/adapters/memory/memory-bus.ts';
import { kyselyOver } from '../apps/server/src/adapters/postgres/kysely-dialect.ts';
import { PostgresJournal } from '../apps/server/src/adapters/postgres/postgres-journal.ts';
import { PostgresLogStore } from '../apps/server/src/adapters/postgres/postgres-log-store.ts';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { SqlDirectory } from '../apps/server/src/adapters/sql/sql-directory.ts';
import { SqlRegisterStore } from '../apps/server/src/adapters/sql/sql-register-store.ts';
import { digest16, mintSalt, nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { ConversationOwners } from '../apps/server/src/owner/conversation-owners.ts';
import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { waitUntil } from '../testkit/condition.ts';
import { NatsServer } from '../testkit/nats-server.ts';
import { PlainProxy } from '../testkit/plain-proxy.ts';
import { granted, textsOf } from '../testkit/sdk-answers.ts';
import { runParlour } from './parlour-command.ts';
import { TemporaryFolder } from './parlour-process.ts';

const patienceMs = 60_000;
/** Well under what is noticed without the bus: a login that ended within 30 s, an entry at the next comparison. */
const byTheBusMs = 5_000;
/** Whoever died with their node is offline within that. */
const offlineMs = 30_000;

const passwordOf = (handle: string): string => `quiet ferry lemon 42 ${handle}`;

async function register(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  granted(await client.register({ email: `${handle}@example.org`, handle, displayName: handle, password: passwordOf(handle) }));
  await client.whenSynced();
  return client;
}

async function logIn(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  granted(await client.logIn({ name: handle, password: passwordOf(handle) }));
  await client.whenSynced();
  return client;
}

const until = (is: () => boolean, what: string, withinMs = patienceMs): Promise<void> => waitUntil(() => (is() ? null : what), withinMs);

async function met(one: ParlourClient, handle: string) {
  const [found] = granted(await one.findPeople({ handle }));
  if (!found) throw new Error(`${handle} is not found`);
  return { person: found.id, conversation: granted(await one.openDirect(found.id)) };
}

test('two people on two nodes talk: messages, typing, presence and ticks cross, and a login ended on one node is closed on the other', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
  const [one, two] = await nodes.startMany(2);
  if (!one || !two) throw new Error('two were started');
  const ana = await register(one.url, 'ana');
  const mara = await register(two.url, 'mara');
  const { person: marasId, conversation } = await met(ana, 'mara');
  const [anas, maras] = [ana.conversation(conversation), mara.conversation(conversation)];
  granted(await anas.send('hello'));
  await until(() => textsOf(maras).includes('hello'), 'mara sees nothing', byTheBusMs);
  granted(await maras.send('hello yourself'));
  await until(() => textsOf(anas).length === 2, 'ana sees nothing', byTheBusMs);
  expect([textsOf(anas), textsOf(maras)]).toEqual([
    ['hello', 'hello yourself'],
    ['hello', 'hello yourself'],
  ]);
  const last = maras.timeline.get().items.findLast((item) => item.kind === 'message');
  if (last?.kind !== 'message' || last.seq === null) throw new Error('mara has a message');
  maras.markRead(last.seq);
  const ticks = () => anas.timeline.get().items.flatMap((item) => (item.kind === 'message' && item.text === 'hello' ? [item.tick] : []));
  await until(() => ticks()[0] === 'read', `ana sees ${ticks()}`, byTheBusMs);
  maras.typing();
  await until(() => anas.timeline.get().typing.includes(marasId), 'mara is not seen typing', byTheBusMs);
  ana.watchPresence([marasId]);
  const presence = () => ana.presence.get().get(marasId)?.presence;
  await until(() => presence() === 'online', 'mara is not online', byTheBusMs);

  const marasPhone = await logIn(one.url, 'mara');
  const phone = granted(await marasPhone.logins()).find(({ current }) => current);
  if (!phone) throw new Error('the phone has a login');
  granted(await mara.endLogin(phone.id));
  await until(() => marasPhone.status.get().auth === 'out', 'the phone is still in', byTheBusMs);
  expect(presence()).toBe('online');
  await mara.close();
  await until(() => presence() === 'offline', 'mara is still online', byTheBusMs);
  expect(ana.presence.get().get(marasId)?.lastSeenAt).toBeGreaterThan(0);
  const metrics = await (await fetch(`${one.url}/metrics`)).text();
  expect(metrics).toMatch(/^parlour_bus_connected 1$/m);
  expect(metrics).toMatch(/^parlour_bus_heard_total [1-9]/m);
  await Promise.all([ana.close(), marasPhone.close()]);
});

test('a node that is killed takes nobody with it: what its people had sent stands once, and they are offline within 30 s unless they are back', async () => {
  await using made = await TestDatabase.make();
  const quick = { PARLOUR_PING_INTERVAL_MS: '1000', PARLOUR_OFFLINE_AFTER_MS: '4000' };
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') }, quick);
  const [one, two] = await nodes.startMany(2);
  if (!one || !two) throw new Error('two were started');
  const ana = await register(one.url, 'ana');
  const mara = await register(two.url, 'mara');
  const { person: marasId, conversation } = await met(ana, 'mara');
  const [anas, maras] = [ana.conversation(conversation), mara.conversation(conversation)];
  ana.watchPresence([marasId]);
  await until(() => ana.presence.get().get(marasId)?.presence === 'online', 'mara is not online');
  granted(await maras.send('before'));
  await until(() => textsOf(anas).length === 1, 'ana sees nothing');
  await two.kill();
  granted(await maras.send('while my node is gone'));
  await until(() => ana.presence.get().get(marasId)?.presence === 'offline', 'mara is still online', offlineMs);
  const again = await nodes.start({}, two.port);
  await until(() => textsOf(anas).length === 2, 'ana misses what mara wrote');
  await until(() => ana.presence.get().get(marasId)?.presence === 'online', 'mara is still offline');
  expect(textsOf(anas)).toEqual(['before', 'while my node is gone']);
  expect(again.port).toBe(two.port);
  await Promise.all([ana.close(), mara.close()]);
});

test('a server that dies between its commit and its notices leaves nobody untold for longer than five seconds: of a message, a tick, a draft or a name', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
  const server = await nodes.start();
  const ana = await register(server.url, 'ana');
  const mara = await register(server.url, 'mara');
  const { person, conversation } = await met(ana, 'mara');
  const anas = ana.conversation(conversation);
  granted(await anas.send('hello'));
  await ana.whenIdle();
  // The dying one: all of a server that commits, and nothing that anybody could hear it by.
  await using database = await made.open();
  const journal = new PostgresJournal(database);
  const db = kyselyOver(database);
  const store = new PostgresLogStore(database, journal);
  const tools = { environment: nodeEnvironment, digest16, mintSalt, ownersKeptMax: 10, marksKept: 64, limits };
  const dying = new ConversationOwners({ store, bus: new MemoryBus(), ...tools });
  const operation = { conversation, author: person, device: nodeEnvironment.id() as DeviceId, n: 1 as OperationNumber, target: null };
  const body = JSON.stringify({ text: 'my last words' });
  expect(await dying.send(conversation, [{ ...operation, kind: 'message', body, after: null }])).toEqual([{ seq: 3 }]);
  await dying.mark(conversation, person, { readSeq: 2 as Seq, receivedSeq: 2 as Seq, told: true });
  dying.stop();
  const draft = {
    key: `draft:${conversation}`,
    expectVer: 0 as RegisterVersion,
    value: JSON.stringify({ text: 'half a thought' }),
    step: 7,
  };
  expect(await new SqlRegisterStore(db, journal).put(person, draft)).toMatchObject({ outcome: 'ok' });
  expect(await new SqlDirectory(db, journal).updateProfile(person, { displayName: 'Mara the Last' })).toBe('ok');
  const heardMs = 5_000;
  await until(() => textsOf(anas).includes('my last words'), 'ana was not told', heardMs);
  const tick = () => anas.timeline.get().items.find((item) => item.kind === 'message' && item.text === 'hello');
  await until(() => JSON.stringify(tick()).includes('"tick":"read"'), 'ana has no tick', heardMs);
  const maras = mara.conversation(conversation);
  await until(() => maras.draft.get() === 'half a thought', 'mara has no draft', heardMs);
  await until(() => ana.people.get().get(person)?.displayName === 'Mara the Last', 'ana has the old name', heardMs);
  const notes = async () => (await made.query<{ count: number }>('select count(*)::int as count from untold'))[0]?.count;
  await expect.poll(notes).toBe(0);
  expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^parlour_untold_commits_total [1-9]/m);
  await Promise.all([ana.close(), mara.close()]);
});

test('while NATS is dead people still hear of each other, by comparing; and at once again when it is back', async () => {
  await using made = await TestDatabase.make();
  await using nats = await NatsServer.start();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: nats.url });
  const [one, two] = await nodes.startMany(2);
  if (!one || !two) throw new Error('two were started');
  const ana = await register(one.url, 'ana');
  const mara = await register(two.url, 'mara');
  const { conversation } = await met(ana, 'mara');
  const [anas, maras] = [ana.conversation(conversation), mara.conversation(conversation)];
  granted(await anas.send('with it'));
  await until(() => textsOf(maras).length === 1, 'mara sees nothing');
  await nats.kill();
  granted(await anas.send('without it'));
  granted(await maras.send('neither'));
  await until(() => textsOf(maras).length === 3 && textsOf(anas).length === 3, 'somebody misses something');
  await nats.start();
  const isBack = async (url: string) => /^parlour_bus_connected 1$/m.test(await (await fetch(`${url}/metrics`)).text());
  await waitUntil(async () => ((await isBack(one.url)) && (await isBack(two.url)) ? null : 'the bus is not back'), patienceMs);
  granted(await anas.send('with it again'));
  await until(() => textsOf(maras).length === 4, 'mara sees nothing', byTheBusMs);
  expect(textsOf(anas)).toEqual(textsOf(maras));
  await Promise.all([ana.close(), mara.close()]);
});

test('a client is sent to whoever takes clients, and back to others where its node is killed or drained; operators see each state in time', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
  const [one, two, three] = await Promise.all([nodes.startNamed(), nodes.startNamed(), nodes.startNamed()]);
  if (!one || !two || !three) throw new Error('three were started');
  const statesAt = async (url: string): Promise<Record<string, string>> => {
    const { nodes: known } = (await (await fetch(`${url}/v1/nodes`)).json()) as { nodes: { url: string; state: string }[] };
    return Object.fromEntries(known.map((node) => [node.url, node.state]));
  };
  const untilStates = (expected: Record<string, string>, withinMs: number) =>
    waitUntil(async () => {
      const states = await statesAt(one.url);
      return Object.entries(expected).every(([url, state]) => states[url] === state) ? null : JSON.stringify(states);
    }, withinMs);
  await untilStates({ [one.url]: 'joined', [two.url]: 'joined', [three.url]: 'joined' }, patienceMs);
  const ana = await register(one.url, 'ana');
  const tokens = await (
    await fetch(`${one.url}/v1/logins`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ana', password: passwordOf('ana'), client: 'program', label: '' }),
    })
  ).json();
  const listed = async (): Promise<string[]> => {
    const { accessToken } = tokens as { accessToken: string };
    const answer = await fetch(`${one.url}/v1/connect`, { headers: { authorization: `Bearer ${accessToken}` } });
    return ((await answer.json()) as { gateways: string[] }).gateways.toSorted();
  };
  expect(await listed()).toEqual([one.url, two.url, three.url].toSorted());
  const outMs = 5_000;
  const lostMs = 10_000;
  await two.kill();
  await waitUntil(async () => ((await listed()).includes(two.url) ? 'the killed one is listed' : null), outMs);
  await untilStates({ [two.url]: 'lost' }, lostMs);
  await three.stop();
  expect(await listed()).toEqual([one.url]);
  await untilStates({ [three.url]: 'removed' }, outMs);
  await until(() => ana.status.get().connection.state === 'online', 'ana is not online');
  await ana.close();
});

test('a node has the roles that it is given: one without gateway takes no sockets, one without api answers only who runs it', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
  const [api, gateway] = await Promise.all([
    nodes.startNamed({ PARLOUR_ROLES: 'api,worker' }),
    nodes.startNamed({ PARLOUR_ROLES: 'gateway' }),
  ]);
  if (!api || !gateway) throw new Error('two were started');
  const statusOf = async (url: string) => (await fetch(url)).status;
  expect(await statusOf(`${gateway.url}/v1/server`)).toBe(404);
  expect(await statusOf(`${gateway.url}/healthz`)).toBe(200);
  expect(await statusOf(`${api.url}/v1/server`)).toBe(200);
  // Logins by the one, sockets by the other.
  const ana = await register(api.url, 'ana');
  expect(ana.status.get().connection.state).toBe('online');
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/^parlour_connections 1$/m);
  await ana.close();
});

test('doctor looks whether NATS is there', async () => {
  await using made = await TestDatabase.make();
  await using folder = await TemporaryFolder.make();
  const doctor = async (url: string): Promise<string> => {
    const store = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: made.url };
    const env = { ...store, PARLOUR_BUS: 'nats', PARLOUR_NATS_URL: url };
    return (await runParlour(['doctor'], { dataFolder: folder.path, env })).stdout;
  };
  expect(await doctor(inject('natsUrl'))).toMatch(/ok +bus: NATS at 127\.0\.0\.1:\d+ is there/);
  const missing = await doctor('nats://parlour:hidden@127.0.0.1:1');
  expect(missing).toContain('fault    bus: cannot use NATS at 127.0.0.1:1');
  expect(missing).not.toContain('hidden');
});

test('a start without its NATS fails and says why, with nothing secret in it', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: 'nats://parlour:hidden@127.0.0.1:1' });
  const failure = await nodes.start().catch((error: unknown) => String(error));
  expect(failure).toContain('ended with 1 before it listened');
  expect(failure).toContain('cannot use NATS at 127.0.0.1:1');
  expect(failure).not.toContain('hidden');
});

test('[STREAM-2] [SDK-35] where no WebSocket passes and each request may reach the other node, people talk all the same', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
  const [one, two] = await nodes.startMany(2);
  if (!one || !two) throw new Error('two were started');
  await using proxy = await PlainProxy.start(one.url, two.url);
  const ana = await register(proxy.url, 'ana');
  const mara = await register(proxy.url, 'mara');
  const { conversation } = await met(ana, 'mara');
  const [anas, maras] = [ana.conversation(conversation), mara.conversation(conversation)];
  const said = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  for (const text of said) granted(await anas.send(text));
  await until(() => textsOf(maras).length === said.length, 'mara sees not all of it');
  granted(await maras.send('all there'));
  await until(() => textsOf(anas).length === said.length + 1, 'ana sees nothing');
  expect([textsOf(anas), textsOf(maras)]).toEqual([
    [...said, 'all there'],
    [...said, 'all there'],
  ]);
  expect(proxy.refusedCount).toBeGreaterThan(0);
  for (const count of proxy.saidTo) expect(count, 'each node was spoken to').toBeGreaterThan(0);
  await ana.close();
  await mara.close();
});
