import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { RawSocket } from '../conformance/raw-socket.ts';
import { idFromBytes } from '../packages/core/src/ids.ts';
import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { waitUntil } from '../testkit/condition.ts';
import { NatsServer } from '../testkit/nats-server.ts';
import type { ParlourProcess } from './parlour-process.ts';

const patienceMs = 60_000;
const socketsPerPersonMax = 6;
/** Attempts at one account, at once. */
const loginsBurst = 10;
const env = { PARLOUR_SOCKETS_PER_PERSON_MAX: String(socketsPerPersonMax) };
const password = 'violet tractor 19 umbrella';

type Account = { readonly accessToken: string };

async function post(url: string, path: string, body: object): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function register(url: string, handle: string): Promise<Account> {
  const answer = await post(url, '/v1/accounts', { email: `${handle}@example.org`, handle, password, client: 'program' });
  expect(answer.status).toBe(201);
  return answer.json() as Promise<Account>;
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
async function comeInTurn(nodes: readonly ParlourProcess[], { accessToken: token }: Account, held: DisposableStack, times: number) {
  const welcome: RawSocket[] = [];
  for (let turn = 0; turn < times; turn++) {
    const socket = held.use(await RawSocket.open((nodes[turn % nodes.length] as ParlourProcess).url));
    socket.answersPings = true;
    const device = idFromBytes(randomBytes(16));
    socket.say({ kind: 'hello', versions: [1], token, device, operationNumber: 0, client: 'attack' });
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
