import type { Operation } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, Seq } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { type Client, type GatewayWorld, openGateways } from './gateway-world.contract.ts';

/** Of Ada's group, in which Ben and Mallory are, too. Ada is at one node, Ben at the other, Mallory at both. She is taken out while nothing passes on the bus. */
async function begun() {
  const [one, two] = (await openGateways(['one', 'two'])) as [GatewayWorld, GatewayWorld];
  const [ada, ben, mallory] = [await one.person('ada'), await one.person('ben'), await one.person('mallory')];
  const [adas, bens] = [await one.enter(ada), await two.enter(ben)];
  const mallorys = [await one.enter(mallory), await two.enter(mallory)];
  const conversation = one.environment.id() as ConversationId;
  const device = one.environment.id() as DeviceId;
  let n = 0;
  const append = async (kind: Operation['kind'], body: object): Promise<void> => {
    const operation = { conversation, author: ada.person, device, target: null, after: null, kind, body: JSON.stringify(body) };
    const answer = one.owners.send(conversation, [{ ...operation, n: ++n as OperationNumber }]);
    await one.environment.settle();
    expect(await answer).toEqual([{ seq: n }]);
  };
  const members = [ada, ben, mallory].map(({ person }, index) => ({ person, role: index === 0 ? 'owner' : 'member' }));
  await append('create', { type: 'group', title: 'Ferry people', members });
  await append('message', { text: 'with Mallory' });
  // Both nodes remember who the members are.
  for (const node of [one, two]) await node.owners.view(conversation);
  const { head } = await one.owners.view(conversation);
  one.bus.isCut = true;
  await append('remove', { person: mallory.person });
  await append('message', { text: 'secret' });
  one.bus.isCut = false;
  const removedSeq = 3;
  expect(two.owners.peek(conversation)?.head.seq).toBe(2);
  for (const client of mallorys) client.forget();
  return { one, two, adas, bens, mallorys, conversation, head, removedSeq, append };
}

/** Whatever came says nothing of what was after the removal. */
function expectNothing(clients: readonly Client[], removedSeq: number): void {
  for (const { frames } of clients) {
    expect(frames.filter(({ kind }) => kind === 'typing' || kind === 'marker')).toEqual([]);
    const text = JSON.stringify(frames);
    expect(text).not.toContain('secret');
    const seqs = [...text.matchAll(/"(?:seq|headSeq|readSeq|receivedSeq|untilSeq)":(\d+)/g)].map(([, seq]) => Number(seq));
    // An end that is not included is one further.
    for (const seq of seqs) expect(seq).toBeLessThanOrEqual(removedSeq + 1);
  }
}

test('[A-13] whoever was taken out at one node, of which the other heard nothing, is told no typing, no tick and no entry at either', async () => {
  const { one, two, adas, bens, mallorys, conversation, removedSeq, append } = await begun();
  await adas.say({ kind: 'type', conversation });
  expect(bens.of('typing')).toHaveLength(1);
  expectNothing(mallorys, removedSeq);
  await adas.say({ kind: 'mark', conversation, readSeq: 4 as Seq, receivedSeq: 4 as Seq });
  expect(bens.of('marker')).toHaveLength(1);
  expectNothing(mallorys, removedSeq);
  await append('message', { text: 'secret, too' });
  expect(bens.last('entries').entries.map(({ seq }) => seq)).toContain(5);
  await one.environment.advance(5_000);
  expectNothing(mallorys, removedSeq);
  expect([...one.faults, ...two.faults]).toEqual([]);
});

test.each([
  ['a tick', async ({ adas, conversation }) => adas.say({ kind: 'mark', conversation, readSeq: 4 as Seq, receivedSeq: 4 as Seq })],
  ['an entry', async ({ append }) => append('message', { text: 'secret, too' })],
] as readonly [string, (world: Awaited<ReturnType<typeof begun>>) => Promise<void>][])(
  '[A-13] nor is it told where %s is the first that is heard',
  async (_, happen) => {
    const world = await begun();
    await happen(world);
    await world.one.environment.advance(5_000);
    expectNothing(world.mallorys, world.removedSeq);
  },
);

test('[A-13] and asking the nodes in turn gets nothing either, nor does acting', async () => {
  const { one, two, adas, bens, mallorys, conversation, removedSeq, head } = await begun();
  for (const client of [adas, bens]) client.forget();
  for (const [index, client] of [...mallorys, ...mallorys].entries()) {
    await client.ask({ kind: 'pull', conversation, fromSeq: 1 as Seq, untilSeq: 100 as Seq, end: 'last', limit: 100 });
    await client.ask({ kind: 'look_up', conversations: [conversation] });
    await client.ask({ kind: 'list', limit: 10 });
    await client.say({ kind: 'type', conversation });
    await client.say({ kind: 'mark', conversation, readSeq: 4 as Seq, receivedSeq: 4 as Seq });
    const operation = { n: 1 as never, kind: 'message' as const, body: { text: 'I am still here' }, after: head };
    const sent = await client.ask({ kind: 'send', conversation, operations: [operation] });
    expect(sent, `attempt ${index}`).toMatchObject({ kind: 'sent', results: [{ error: 'not_a_member' }] });
  }
  await one.environment.advance(5_000);
  expectNothing(mallorys, removedSeq);
  for (const client of [adas, bens]) {
    expect(client.of('typing')).toEqual([]);
    expect(client.of('marker')).toEqual([]);
    expect(JSON.stringify(client.frames)).not.toContain('I am still here');
  }
  expect((await one.owners.viewStored(conversation)).head.seq).toBe(4);
  expect([...one.faults, ...two.faults]).toEqual([]);
});
