import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';
import { MemoryBus } from '../apps/server/src/adapters/memory/memory-bus.ts';
import { PostgresJournal } from '../apps/server/src/adapters/postgres/postgres-journal.ts';
import { PostgresLogStore } from '../apps/server/src/adapters/postgres/postgres-log-store.ts';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { digest16, mintSalt, nodeEnvironment } from '../apps/server/src/node-environment.ts';
import { ConversationOwners } from '../apps/server/src/owner/conversation-owners.ts';
import type { RawSocket } from '../conformance/raw-socket.ts';
import type { Operation } from '../packages/core/src/conversation-log/entry.ts';
import type { ConversationId, DeviceId, OperationNumber, PersonId } from '../packages/core/src/ids.ts';
import { limits } from '../packages/core/src/limits.ts';
import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { waitUntil } from '../testkit/condition.ts';
import { NatsServer } from '../testkit/nats-server.ts';
import type { ParlourProcess } from './parlour-process.ts';
import { type Account, enter, post, register } from './raw-accounts.ts';

const patienceMs = 60_000;
const socketsPerPersonMax = 6;
/** Attempts at one account, at once. */
const loginsBurst = 10;
const env = { PARLOUR_SOCKETS_PER_PERSON_MAX: String(socketsPerPersonMax) };

/** A login that ended is noticed within that, also where nobody says so. */
const loginCheckedMs = 30_000;

/** A server that commits, and that nobody hears. */
async function silentServer(made: TestDatabase, held: AsyncDisposableStack) {
  const database = held.use(await made.open());
  const store = new PostgresLogStore(database, new PostgresJournal(database));
  const tools = { environment: nodeEnvironment, digest16, mintSalt, ownersKeptMax: 10, marksKept: 64, limits };
  const owners = new ConversationOwners({ store, bus: new MemoryBus(), ...tools });
  held.defer(() => owners.stop());
  const conversation = nodeEnvironment.id() as ConversationId;
  const device = nodeEnvironment.id() as DeviceId;
  let n = 0;
  const append = async (author: PersonId, kind: Operation['kind'], body: object): Promise<void> => {
    const operation = { conversation, author, device, n: ++n as OperationNumber, target: null, after: null };
    const [answer] = await owners.send(conversation, [{ ...operation, kind, body: JSON.stringify(body) }]);
    if (!answer || !('seq' in answer)) throw new Error(`not appended: ${JSON.stringify(answer)}`);
  };
  return { conversation, append, head: async () => (await owners.viewStored(conversation)).head };
}

/** Speaks to the bus itself, as whoever has reached its port may. @returns all that came until it was thrown out */
async function speakToBus(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let came = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    if (came === '') socket.write(lines.map((line) => `${line}\r\n`).join(''));
    came += chunk.toString();
  });
  await new Promise((resolve) => socket.on('close', resolve));
  return came;
}

/** Guesses at one node after the other. @returns how many were looked at */
async function guessInTurn(nodes: readonly ParlourProcess[], name: string, times: number): Promise<number> {
  let count = 0;
  for (let turn = 0; turn < times; turn++) {
    const { url } = nodes[turn % nodes.length] as ParlourProcess;
    const { status } = await post(url, '/v1/logins', { name, password: `guess ${turn}`, client: 'program' });
    expect([401, 429]).toContain(status);
    if (status === 401) count++;
  }
  return count;
}

/** Connects at one node after the other, as another device each time. @returns how many sockets are open of those that were let in */
async function comeInTurn(nodes: readonly ParlourProcess[], account: Account, held: DisposableStack, times: number) {
  const welcome: RawSocket[] = [];
  for (let turn = 0; turn < times; turn++) {
    const socket = await enter(nodes[turn % nodes.length] as ParlourProcess, account, held);
    const first = await socket.until('a welcome or an error', () =>
      socket.frames().find(({ kind }) => kind === 'welcome' || kind === 'error'),
    );
    if (first.kind === 'welcome') welcome.push(socket);
  }
  return () => welcome.filter((socket) => socket.closeCode() === null && !socket.isClosed).length;
}

async function untilTwoKnow(nodes: readonly ParlourProcess[]): Promise<void> {
  await waitUntil(async () => {
    for (const { url } of nodes) {
      const { nodes: known } = (await (await fetch(`${url}/v1/nodes`)).json()) as { nodes: { state: string }[] };
      if (known.filter(({ state }) => state === 'joined').length !== nodes.length) return `${url} knows ${JSON.stringify(known)}`;
    }
    return null;
  }, patienceMs);
}

async function untilBus(nodes: readonly ParlourProcess[], connected: 0 | 1): Promise<void> {
  await waitUntil(async () => {
    for (const { url } of nodes) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      if (!new RegExp(`^parlour_bus_connected ${connected}$`, 'm').test(metrics)) return `the bus of ${url} is not ${connected}`;
    }
    return null;
  }, patienceMs);
}

test('[LIMIT-1] [LIMIT-3] [A-26] who goes from node to node guesses hardly more passwords and holds hardly more sockets than at one', async () => {
  await using made = await TestDatabase.make();
  await using cluster = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') }, env);
  const nodes = await cluster.startMany(2);
  await untilTwoKnow(nodes);
  const [one] = nodes as [ParlourProcess];
  const mallory = await register(one.url, 'mallory');
  const guesses = await guessInTurn(nodes, 'mallory', 30);
  expect(guesses).toBeGreaterThanOrEqual(loginsBurst);
  expect(guesses).toBeLessThanOrEqual(1.5 * loginsBurst);
  using held = new DisposableStack();
  const openCount = await comeInTurn(nodes, mallory, held, 20);
  await expect.poll(openCount).toBeLessThan(socketsPerPersonMax + nodes.length);
  expect(openCount()).toBeGreaterThanOrEqual(socketsPerPersonMax);
});

test('[LIMIT-2] [LIMIT-3] [A-26] nor with the bus down', async () => {
  await using made = await TestDatabase.make();
  await using nats = await NatsServer.start();
  await using cluster = new ClusterNodes({ postgresUrl: made.url, natsUrl: nats.url }, env);
  const nodes = await cluster.startMany(2);
  await untilTwoKnow(nodes);
  const [one] = nodes as [ParlourProcess];
  const mallory = await register(one.url, 'mallory');
  await nats.kill();
  await untilBus(nodes, 0);
  // One more for what time gives back meanwhile.
  expect(await guessInTurn(nodes, 'mallory', 24)).toBeLessThanOrEqual(loginsBurst + 1);
  using held = new DisposableStack();
  const openCount = await comeInTurn(nodes, mallory, held, 20);
  expect(openCount()).toBe(socketsPerPersonMax);
});

test('[LOGIN-2] [A-4] a login that is ended at one node with the bus down has no socket at the other after 30 s, and gets no new one at either', async () => {
  await using made = await TestDatabase.make();
  await using nats = await NatsServer.start();
  await using cluster = new ClusterNodes({ postgresUrl: made.url, natsUrl: nats.url });
  const nodes = await cluster.startMany(2);
  const [one, two] = nodes as [ParlourProcess, ParlourProcess];
  const mallory = await register(one.url, 'mallory');
  using held = new DisposableStack();
  const sockets = [await enter(one, mallory, held), await enter(two, mallory, held)];
  for (const socket of sockets) await socket.frame('welcome');
  await nats.kill();
  await untilBus(nodes, 0);
  const headers = { authorization: `Bearer ${mallory.accessToken}` };
  expect((await fetch(`${one.url}/v1/logins`, { method: 'DELETE', headers })).status).toBe(204);
  for (const socket of sockets) expect(await socket.closed(loginCheckedMs)).toBe(4204);
  for (const node of nodes) expect(await (await enter(node, mallory, held)).closed()).toBe(4204);
});

test('[A-13] whoever was taken out unheard by any node is told nothing of what is said then at either, with the bus and without', async () => {
  await using made = await TestDatabase.make();
  await using nats = await NatsServer.start();
  await using cluster = new ClusterNodes({ postgresUrl: made.url, natsUrl: nats.url });
  const nodes = await cluster.startMany(2);
  const [one, two] = nodes as [ParlourProcess, ParlourProcess];
  const [ada, ben, mallory] = [await register(one.url, 'ada'), await register(two.url, 'ben'), await register(two.url, 'mallory')];
  await using held = new AsyncDisposableStack();
  using sockets = new DisposableStack();
  const { conversation, append, head } = await silentServer(made, held);
  const members = [ada, ben, mallory].map(({ person }, index) => ({ person: person.id, role: index === 0 ? 'owner' : 'member' }));
  await append(ada.person.id, 'create', { type: 'group', title: 'Ferry people', members });
  const [adas, bens] = [await enter(one, ada, sockets), await enter(two, ben, sockets)];
  const mallorys = [await enter(one, mallory, sockets), await enter(two, mallory, sockets)];
  const pull = { kind: 'pull', conversation, fromSeq: 1, untilSeq: 100, end: 'last', limit: 100 };
  let id = 0;
  const ask = async (socket: RawSocket, frame: object) => {
    const re = ++id;
    socket.say({ ...frame, id: re });
    return socket.until('the answer', () => socket.frames().find((each) => each.re === re));
  };
  // Both nodes remember the members.
  for (const socket of [adas, bens, ...mallorys]) {
    await socket.frame('welcome');
    expect(await ask(socket, pull)).toMatchObject({ kind: 'range', head: { seq: 1 } });
  }
  await append(ada.person.id, 'remove', { person: mallory.person.id });
  const removedSeq = 2;
  const send = async (n: number) => {
    const operations = [{ n, kind: 'message', body: { text: `secret ${n}` }, after: await head() }];
    expect(await ask(adas, { kind: 'send', conversation, operations })).toMatchObject({ results: [{ seq: removedSeq + n }] });
    adas.say({ kind: 'type', conversation });
    adas.say({ kind: 'mark', conversation, readSeq: removedSeq + n, receivedSeq: removedSeq + n });
  };
  const untilBenKnows = (seq: number) => bens.until(`an entry ${seq}`, () => JSON.stringify(bens.frames()).includes(`"seq":${seq},`));
  await send(1);
  await untilBenKnows(removedSeq + 1);
  await nats.kill();
  await untilBus(nodes, 0);
  await send(2);
  await untilBenKnows(removedSeq + 2);
  for (const socket of [...mallorys, ...mallorys]) {
    expect(await ask(socket, pull)).toMatchObject({ kind: 'range', head: { seq: removedSeq } });
    expect(await ask(socket, { kind: 'look_up', conversations: [conversation] })).toMatchObject({ kind: 'listed' });
  }
  for (const socket of mallorys) {
    const came = JSON.stringify(socket.frames());
    expect(came).not.toContain('secret');
    expect(came).not.toMatch(new RegExp(`"(seq|readSeq|receivedSeq)":(?!1\\b|${removedSeq}\\b|0\\b)`));
    expect(socket.frames().filter(({ kind }) => kind === 'typing' || kind === 'marker')).toEqual([]);
  }
});

test('[A-29] who reaches the bus of two nodes without its password hears nothing there and is heard by nobody', async () => {
  await using made = await TestDatabase.make();
  await using nats = await NatsServer.start(['--user', 'parlour', '--pass', 'hidden']);
  const prefix = 'attacked';
  const natsUrl = nats.url.replace('//', '//parlour:hidden@');
  await using cluster = new ClusterNodes({ postgresUrl: made.url, natsUrl }, { PARLOUR_NATS_PREFIX: prefix });
  const nodes = await cluster.startMany(2);
  await untilTwoKnow(nodes);
  const [one, two] = nodes as [ParlourProcess, ParlourProcess];
  const ada = await register(one.url, 'ada');
  using held = new DisposableStack();
  const adas = [await enter(one, ada, held), await enter(two, ada, held)];
  for (const socket of adas) await socket.frame('welcome');
  const ending = JSON.stringify({ notice: 'logins_ended', person: ada.person.id, login: null });
  const notice = `${nodeEnvironment.id()} 1\n${ending}`;
  const attack = ['SUB > 1', `PUB ${prefix}.1.everyone ${notice.length}`, notice, 'PING'];
  const greetings = [[], ['CONNECT {"verbose":false}'], ['CONNECT {"user":"parlour","pass":"guessed"}'], ['CONNECT {"user":"parlour"}']];
  for (const greeting of greetings) {
    const came = await speakToBus(nats.port, [...greeting, ...attack]);
    expect(came).toMatch(/^INFO .*\r\n-ERR 'Authorization (Violation|Timeout)'/s);
    expect(came).not.toContain('MSG');
    expect(came).not.toContain('hidden');
  }
  // Both nodes go on, and one still ends at once what is ended at the other.
  for (const [index, socket] of adas.entries()) {
    socket.say({ kind: 'ping', id: index + 1 });
    expect(await socket.frame('pong')).toMatchObject({ re: index + 1 });
  }
  for (const { url } of nodes) {
    const shown = `${await (await fetch(`${url}/metrics`)).text()}${await (await fetch(`${url}/v1/nodes`)).text()}`;
    expect(shown).toMatch(/^parlour_bus_malformed_total 0$/m);
    expect(shown).not.toContain('hidden');
  }
  const headers = { authorization: `Bearer ${ada.accessToken}` };
  expect((await fetch(`${one.url}/v1/logins`, { method: 'DELETE', headers })).status).toBe(204);
  for (const socket of adas) expect(await socket.closed(5_000)).toBe(4204);
});
