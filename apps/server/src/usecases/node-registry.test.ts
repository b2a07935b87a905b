import type { WallMs } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { MemoryBus, MemoryNet } from '../adapters/memory/memory-bus.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import type { Topics } from '../ports/bus.ts';
import { type NodeFacts, type NodeName, type Notice, nodeRoles } from '../ports/bus.ts';
import { NodeRegistry } from './node-registry.ts';

/** A bus that can be cut. */
class CuttableBus extends MemoryBus {
  isCut = false;

  override publish(notice: Notice, topics: Topics): void {
    super.publish(notice, this.isCut ? () => [] : topics);
  }
}

function openNodes(names: readonly NodeName[]) {
  const environment = new ManualEnvironment(3);
  const net = new MemoryNet();
  const answering = new Set<string>();
  const open = (node: NodeName) => {
    const bus = new CuttableBus(net);
    const url = `http://${node}.example`;
    answering.add(url);
    const said: { -readonly [Key in 'connections' | 'utilisation']: NodeFacts[Key] } = { connections: 0, utilisation: 0 };
    const common = { url, version: '1', roles: nodeRoles, startedAt: 1 as WallMs, connectionsMax: 100 };
    const probe = async (asked: string) => answering.has(asked);
    const registry = new NodeRegistry({ node, bus, environment, facts: () => ({ ...common, ...said }), probe });
    return { bus, registry, said, url };
  };
  const nodes = new Map(names.map((name) => [name, open(name)]));
  const of = (name: NodeName) => nodes.get(name) ?? expect.fail(`${name} was not opened`);
  const stateAt = (at: NodeName, name: NodeName) =>
    of(at)
      .registry.nodes()
      .find(({ node }) => node === name)?.state;
  return { environment, answering, of, open, stateAt };
}

test('every node knows every other within a second, and one that comes later too', async () => {
  const { environment, of, open } = openNodes(['a', 'b']);
  await environment.advance(1_000);
  open('c');
  await environment.advance(1_000);
  for (const name of ['a', 'b'])
    expect(
      of(name)
        .registry.nodes()
        .map(({ node, state }) => [node, state]),
    ).toEqual([
      ['a', 'joined'],
      ['b', 'joined'],
      ['c', 'joined'],
    ]);
});

test('a draining node is in no list from then on, and one that left is removed', async () => {
  const { environment, of, stateAt } = openNodes(['a', 'b', 'c']);
  await environment.advance(1_000);
  of('b').registry.drain();
  expect([of('a').registry.gateways().sort(), stateAt('c', 'b')]).toEqual([[of('a').url, of('c').url], 'draining']);
  of('b').registry.stop();
  expect(stateAt('a', 'b')).toBe('removed');
  expect(of('a').registry.nodeCount).toBe(2);
  await environment.advance(20_000);
  expect(stateAt('a', 'b')).toBe('removed');
});

test('a node that died is out of every list within 5 s, suspect, and lost once two others have asked it in vain', async () => {
  const { environment, answering, of, stateAt } = openNodes(['a', 'b', 'c', 'd']);
  await environment.advance(1_000);
  of('b').bus.isCut = true;
  answering.delete(of('b').url);
  await environment.advance(5_000);
  expect(of('a').registry.gateways()).not.toContain(of('b').url);
  await environment.advance(2_000);
  for (const name of ['a', 'c', 'd']) expect(stateAt(name, 'b')).toBe('lost');
  expect(of('a').registry.nodeCount).toBe(3);
  of('b').bus.isCut = false;
  await environment.advance(1_000);
  expect(stateAt('a', 'b')).toBe('joined');
});

test('a word of one of the two that is lost on the bus is said again', async () => {
  const { environment, answering, of, stateAt } = openNodes(['a', 'b', 'c']);
  await environment.advance(1_000);
  of('b').bus.isCut = true;
  answering.delete(of('b').url);
  await environment.advance(3_500);
  of('c').bus.isCut = true;
  await environment.advance(1_000);
  expect([stateAt('a', 'b'), stateAt('c', 'b')]).toEqual(['suspect', 'lost']);
  of('c').bus.isCut = false;
  await environment.advance(2_000);
  expect(stateAt('a', 'b')).toBe('lost');
});

test('a node that still answers is suspect and not lost, however long it is not heard', async () => {
  const { environment, of, stateAt } = openNodes(['a', 'b', 'c']);
  await environment.advance(1_000);
  of('b').bus.isCut = true;
  await environment.advance(60_000);
  expect([stateAt('a', 'b'), stateAt('c', 'b')]).toEqual(['suspect', 'suspect']);
  expect(of('a').registry.nodeCount).toBe(3);
  expect(of('a').registry.gateways()).not.toContain(of('b').url);
});

test('of two nodes the one that is left decides alone, and a node by itself loses nobody', async () => {
  const { environment, answering, of, stateAt } = openNodes(['a', 'b']);
  await environment.advance(1_000);
  of('b').bus.isCut = true;
  answering.clear();
  await environment.advance(10_000);
  expect(stateAt('a', 'b')).toBe('lost');
  expect(stateAt('a', 'a')).toBe('joined');
});

test('clients are sent by two choices: mostly to who is less busy, never all to one, nor to the newest', async () => {
  const { environment, of, open } = openNodes(['a', 'b', 'c']);
  for (const [name, connections, utilisation] of [
    ['a', 50, 0.1],
    ['b', 50, 0.9],
    ['c', 50, 0.1],
  ] as const)
    Object.assign(of(name).said, { connections, utilisation });
  const fresh = open('d');
  await environment.advance(1_000);
  const firsts = Array.from({ length: 400 }, () => of('a').registry.gateways());
  for (const list of firsts) expect(new Set(list).size).toBe(4);
  const shareOf = (url: string) => firsts.filter(([first]) => first === url).length / firsts.length;
  expect(shareOf(fresh.url)).toBeLessThan(0.6);
  expect(shareOf(of('a').url)).toBeGreaterThan(0.1);
  expect(shareOf(of('b').url)).toBeLessThan(0.2);
});
