import type { DeviceId } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { type Client, type GatewayWorld, type Guest, helloOf, opened, openGateways } from './gateway-world.contract.ts';

const names = ['one', 'two', 'three'] as const;
const socketsPerPersonMax = 12;
const [sendsBurst, sendsPerSecond] = [200, 50];

async function begun() {
  const nodes = await openGateways(names, { socketsPerPersonMax });
  const [first] = nodes as [GatewayWorld];
  return { nodes, environment: first.environment, mallory: await first.person('mallory'), ben: await first.person('ben') };
}

const breakBuses = (nodes: readonly GatewayWorld[]) => {
  for (const { bus } of nodes) bus.isBroken = true;
};

/** Connects at one node after the other. @returns those who were let in */
async function comeInTurn(nodes: readonly GatewayWorld[], guest: Guest, times: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let turn = 0; turn < times; turn++) {
    const node = nodes[turn % nodes.length] as GatewayWorld;
    const client = node.connect();
    await client.say(helloOf(guest.token, node.environment.id() as DeviceId));
    await node.environment.advance(100);
    clients.push(client);
  }
  return clients.filter(({ end }) => end === null);
}

/** Sends by one socket at each node, in turn. @returns how many messages were let through */
async function sendInTurn({ nodes, environment, mallory, ben }: Awaited<ReturnType<typeof begun>>, seconds: number): Promise<number> {
  const clients = await Promise.all(nodes.map((node) => node.enter(mallory)));
  const { conversation, head } = await opened(clients[0] as Client, ben.person);
  const counts = clients.map(() => 0);
  let sent = 0;
  for (let turn = 0; turn < seconds * 20; turn++) {
    const index = turn % clients.length;
    const client = clients[index] as Client;
    const operations = Array.from({ length: 20 }, (_, n) => ({
      ...{ n: ((counts[index] ?? 0) + n + 1) as never, kind: 'message' as const },
      ...{ body: { text: 'again' }, after: head },
    }));
    const answer = await client.ask({ kind: 'send', conversation, operations });
    if (answer.kind !== 'sent') throw new Error(`not answered: ${JSON.stringify(answer)}`);
    const accepted = answer.results.filter((result) => 'seq' in result).length;
    counts[index] = (counts[index] ?? 0) + accepted;
    sent += accepted;
    await environment.advance(50);
  }
  return sent;
}

test('[LIMIT-3] [A-26] a person who goes from node to node has hardly more sockets than at one', async () => {
  const { nodes, environment, mallory } = await begun();
  const clients = await comeInTurn(nodes, mallory, 60);
  expect(clients.length).toBeGreaterThanOrEqual(socketsPerPersonMax);
  expect(clients.length).toBeLessThanOrEqual(socketsPerPersonMax + nodes.length);
  // A place that becomes free at one node is free at all.
  for (const client of clients.splice(0, 4)) client.connection.closed(true);
  await environment.advance(200);
  expect(await comeInTurn(nodes.slice(2), mallory, 1)).toHaveLength(1);
});

test('[LIMIT-3] [A-26] who connects to all nodes at once loses the newest of too many sockets, and is told when to come back', async () => {
  const { nodes, environment, mallory } = await begun();
  const clients: Client[] = [];
  for (const node of nodes) for (let count = 0; count < socketsPerPersonMax; count++) clients.push(await node.enter(mallory));
  await environment.advance(1_000);
  const closed = clients.filter(({ end }) => end !== null);
  expect(clients.length - closed.length).toBeGreaterThanOrEqual(socketsPerPersonMax);
  expect(clients.length - closed.length).toBeLessThan(socketsPerPersonMax + nodes.length);
  for (const client of closed) expect(client.last('error')).toMatchObject({ code: 'too_many_connections', retryAfterMs: 5_000 });
  expect(clients.filter((_, index) => index % socketsPerPersonMax === 0).every(({ end }) => end === null)).toBe(true);
});

test('[LIMIT-3] [A-26] with the bus down a person has no more sockets at all nodes together than at one', async () => {
  const { nodes, mallory } = await begun();
  breakBuses(nodes);
  expect(await comeInTurn(nodes, mallory, 60)).toHaveLength(socketsPerPersonMax);
});

test('[LIMIT-1] [A-26] messages that are sent by one node after the other have one rate', async () => {
  const world = await begun();
  const seconds = 10;
  const sent = await sendInTurn(world, seconds);
  expect(sent).toBeGreaterThan(sendsBurst);
  expect(sent).toBeLessThanOrEqual(1.5 * sendsBurst + seconds * sendsPerSecond);
});

test('[LIMIT-2] [A-26] and with the bus down, too', async () => {
  const world = await begun();
  breakBuses(world.nodes);
  const seconds = 10;
  expect(await sendInTurn(world, seconds)).toBeLessThanOrEqual(sendsBurst + seconds * sendsPerSecond);
});

test('[LIMIT-1] who talks as people do is spoken of by no node to another', async () => {
  const world = await begun();
  const words: string[] = [];
  world.nodes[1]?.bus.subscribe(({ notice }) => void words.push(notice));
  const client = await (world.nodes[0] as GatewayWorld).enter(world.mallory);
  const { conversation, head } = await opened(client, world.ben.person);
  for (let n = 1; n <= 20; n++) {
    await client.ask({
      kind: 'send',
      conversation,
      operations: [{ n: n as never, kind: 'message', body: { text: 'hello' }, after: head }],
    });
    await world.environment.advance(1_000);
    client.connection.sign();
  }
  expect(words).not.toContain('uses');
});
