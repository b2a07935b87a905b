import { expect, test } from 'vitest';
import { MemoryBus, MemoryNet } from '../adapters/memory/memory-bus.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import type { Notice, Topics } from '../ports/bus.ts';
import { HeldLimit } from './held-limit.ts';
import { LimitSharing } from './limit-sharing.ts';
import { RateLimit } from './rate-limit.ts';

/** A bus that is broken, or loses what is said on it. */
class TroubledBus extends MemoryBus {
  trouble: 'none' | 'broken' | 'lossy' = 'none';

  override get isBroken(): boolean {
    return this.trouble === 'broken';
  }

  override publish(notice: Notice, topics: Topics): void {
    super.publish(notice, this.trouble === 'none' ? topics : () => []);
  }
}

const burst = 60;
const perSecond = 2;
const socketsMax = 12;

/** Nodes that count one rate and one number of sockets together. */
async function openNodes(count: number) {
  const environment = new ManualEnvironment(5);
  const { monotonic } = environment;
  const net = new MemoryNet();
  const nodes = Array.from({ length: count }, (_, index) => {
    const bus = new TroubledBus(net);
    const sharing = new LimitSharing({ node: `node ${index}`, bus, environment, remindEveryMs: 10_000, nodeCount: () => count });
    const rate = new RateLimit<string>({ perSecond, burst, keysMax: 100, monotonic, shared: { name: 'sends', sharing } });
    const held = new Map<string, number>();
    const sockets = new HeldLimit({
      max: socketsMax,
      countHere: (key) => held.get(key) ?? 0,
      letGo: (key, count) => add(key, -count),
      heldForMs: 25_000,
      monotonic,
      shared: { name: 'sockets_of_person', sharing },
    });
    const add = (key: string, more: number) => {
      held.set(key, (held.get(key) ?? 0) + more);
      sockets.changed(key);
    };
    return { bus, sharing, rate, sockets, held, add };
  });
  const words: Notice[] = [];
  nodes[0]?.bus.subscribe((notice) => void words.push(notice));
  /** Everybody goes from node to node and takes what there is. @returns how much that was */
  const takeAll = async (key: string, { seconds, stepMs }: { seconds: number; stepMs: number }): Promise<number> => {
    let taken = 0;
    for (let passed = 0; passed < seconds * 1_000; passed += stepMs) {
      for (const { rate } of nodes) if (rate.take(key, 1) === 0) taken++;
      await environment.advance(stepMs);
    }
    return taken;
  };
  return { environment, nodes, words, takeAll };
}

test.each([2, 3, 10])(
  '[LIMIT-1] [A-26] whoever goes from one of %i nodes to the next gets little more than one node alone would give',
  async (count) => {
    const { takeAll } = await openNodes(count);
    // What is not said yet is half a burst at most, and what passes before it is heard a tenth of a second's.
    expect(await takeAll('mallory', { seconds: 20, stepMs: 50 })).toBeLessThanOrEqual(1.5 * burst + 20 * perSecond + 3 * count);
  },
);

test('[LIMIT-1] [A-26] who takes everything on every node at once waits until all of it is paid', async () => {
  const { environment, nodes, takeAll } = await openNodes(4);
  const atOnce = () =>
    nodes.reduce(
      (sum, { rate }) => sum + Array.from({ length: 2 * burst }, () => rate.take('mallory', 1)).filter((wait) => wait === 0).length,
      0,
    );
  expect(atOnce()).toBe(4 * burst);
  await environment.advance(200);
  expect(await takeAll('mallory', { seconds: (3 * burst) / perSecond - 1, stepMs: 500 })).toBe(0);
  expect(await takeAll('mallory', { seconds: 10, stepMs: 500 })).toBeGreaterThan(0);
});

test('[LIMIT-1] what stays far from its limit is told to nobody, and costs the others nothing', async () => {
  const { environment, nodes, words, takeAll } = await openNodes(2);
  const [one, two] = nodes;
  for (let person = 0; person < 50; person++) for (let n = 0; n < 10; n++) one?.rate.take(`person ${person}`, 1);
  one?.add('ada', 2);
  await environment.advance(30_000);
  expect(words).toEqual([]);
  expect(await takeAll('bystander', { seconds: 1, stepMs: 50 })).toBeGreaterThan(0);
  expect(two?.rate.take('person 1', burst)).toBe(0);
});

test('[LIMIT-1] of whom one node speaks, the others say all, however little it is', async () => {
  const { environment, nodes } = await openNodes(2);
  const [one, two] = nodes;
  two?.rate.take('mallory', burst / 4 - 1);
  await environment.advance(200);
  expect(one?.rate.take('mallory', burst / 2)).toBe(0);
  await environment.advance(300);
  expect(one?.rate.take('mallory', burst / 2)).toBeGreaterThan(0);
});

test('[LIMIT-1] a word that comes late or twice is not counted', async () => {
  const { nodes } = await openNodes(2);
  const [one] = nodes;
  const word = (number: number): Notice => ({
    notice: 'uses',
    node: 'node 1',
    number,
    uses: [{ limit: 'sends', key: 'ada', count: burst }],
  });
  for (const number of [2, 2, 1]) one?.bus.publish(word(number), () => []);
  expect(one?.rate.take('ada', 1)).toBe((1 / perSecond) * 1_000);
});

test('[LIMIT-1] a debt is no larger than what all nodes together can have let through, and a limit of tomorrow is ignored', async () => {
  const { nodes } = await openNodes(2);
  const [one] = nodes;
  const uses = [
    { limit: 'sends', key: 'ada', count: 1e15 },
    { limit: 'of tomorrow' as 'sends', key: 'ada', count: 1 },
  ] as const;
  one?.bus.publish({ notice: 'uses', node: 'node 1', number: 1, uses }, () => []);
  expect(one?.rate.take('ada', 1)).toBe(((2 * burst + 1) / perSecond) * 1_000);
});

test.each([2, 3])(
  '[LIMIT-2] [A-26] with the bus down %i nodes together let through what one would, and afterwards nobody owes for it',
  async (count) => {
    const { environment, nodes, takeAll } = await openNodes(count);
    for (const { bus } of nodes) bus.trouble = 'broken';
    const taken = await takeAll('mallory', { seconds: 20, stepMs: 50 });
    expect(taken).toBeLessThanOrEqual(burst + 20 * perSecond + count);
    expect(taken).toBeGreaterThan(0.8 * burst);
    await takeAll('mallory', { seconds: 200, stepMs: 500 });
    for (const { bus } of nodes) bus.trouble = 'none';
    await environment.advance((burst / perSecond) * 1_000);
    expect(nodes[0]?.rate.take('mallory', burst / 2)).toBe(0);
    await environment.advance(200);
    expect(nodes[1]?.rate.take('mallory', burst / 2)).toBe(0);
  },
);

test('[LIMIT-2] a batch that is larger than a node’s share passes alone, and is paid for', async () => {
  const { nodes } = await openNodes(3);
  for (const { bus } of nodes) bus.trouble = 'broken';
  expect(nodes[0]?.rate.take('ada', 40)).toBe(0);
  expect(nodes[0]?.rate.take('ada', 1)).toBeGreaterThan((60 / perSecond) * 1_000);
});

test('[LIMIT-3] [A-26] sockets are counted over all nodes, and those of a node that died or is not heard for 25 s at most', async () => {
  const { environment, nodes } = await openNodes(3);
  const [one, two, three] = nodes;
  one?.add('ada', 7);
  two?.add('ada', 4);
  await environment.advance(200);
  // Two had told nobody of four, until it heard of seven.
  expect(nodes.map(({ sockets }) => sockets.hasRoom('ada'))).toEqual([true, true, true]);
  three?.add('ada', 1);
  await environment.advance(200);
  expect(nodes.map(({ sockets }) => sockets.hasRoom('ada'))).toEqual([false, false, false]);
  await environment.advance(60_000);
  expect(three?.sockets.hasRoom('ada')).toBe(false);
  if (one) one.bus.trouble = 'lossy';
  await environment.advance(36_000);
  expect(three?.sockets.hasRoom('ada')).toBe(true);
  two?.add('ada', -4);
  await environment.advance(200);
  expect(three?.sockets.hasRoom('ada')).toBe(true);
});

test('[LIMIT-3] [A-26] of sockets that were taken everywhere at once each node lets go of its part', async () => {
  const { environment, nodes } = await openNodes(3);
  for (const { add } of nodes) add('mallory', socketsMax);
  await environment.advance(1_000);
  const all = nodes.reduce((sum, { held }) => sum + (held.get('mallory') ?? 0), 0);
  expect(all).toBeGreaterThanOrEqual(socketsMax);
  expect(all).toBeLessThan(socketsMax + nodes.length);
});

test('[LIMIT-3] with the bus down a person has their share of sockets at each node, one at least', async () => {
  const { nodes } = await openNodes(3);
  const [one] = nodes;
  if (one) one.bus.trouble = 'broken';
  one?.add('ada', 3);
  expect(one?.sockets.hasRoom('ada')).toBe(true);
  one?.add('ada', 1);
  expect(one?.sockets.hasRoom('ada')).toBe(false);
});

test('a node by itself tells nobody, and waits for nothing', async () => {
  const environment = new ManualEnvironment(1);
  const shared = { name: 'sends', sharing: null } as const;
  const rate = new RateLimit<string>({ perSecond, burst, keysMax: 10, monotonic: environment.monotonic, shared });
  expect([rate.take('ada', burst), rate.take('ada', 1), rate.use('ada')]).toEqual([0, 1_000 / perSecond, null]);
});
