import type { Operation } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, Seq } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { type Client, type GatewayWorld, type Guest, openGateway } from './gateway-world.contract.ts';

type Group = {
  readonly world: GatewayWorld;
  readonly ada: Guest;
  readonly ben: Guest;
  readonly bens: Client;
  readonly conversation: ConversationId;
  readonly append: (kind: Operation['kind'], body: object) => Promise<void>;
};

/** Ada's group, in which Ben is online and not yet a member. */
async function begun(): Promise<Group> {
  const world = await openGateway();
  const [ada, ben] = [await world.person('ada'), await world.person('ben')];
  const conversation = world.environment.id() as ConversationId;
  const device = world.environment.id() as DeviceId;
  let n = 0;
  const append = async (kind: Operation['kind'], body: object): Promise<void> => {
    const common = { conversation, author: ada.person, device, target: null, after: null };
    const answer = world.owners.send(conversation, [{ ...common, n: ++n as OperationNumber, kind, body: JSON.stringify(body) }]);
    await world.environment.settle();
    expect(await answer).toEqual([{ seq: n }]);
  };
  await append('create', { type: 'group', title: 'Ferry people', members: [{ person: ada.person, role: 'owner' }] });
  return { world, ada, ben, bens: await world.enter(ben), conversation, append };
}

const text = (word: string) => ({ text: word });

test('[VIS-1] a head from before one came is told to nobody who came later, however late its notice is', async () => {
  const { world, ben, bens, conversation, append } = await begun();
  await append('message', text('before'));
  const before = (await world.owners.view(conversation)).head;
  await append('add', { person: ben.person, role: 'member' });
  bens.forget();
  world.bus.publish({ notice: 'head', conversation, head: before, memberSeq: 1 as Seq }, () => []);
  await world.environment.settle();
  expect(bens.of('head')).toEqual([]);
});

test('[OWN-8] whoever was taken out while no notice came through is told of that again, and of nothing that came after', async () => {
  const { world, ada, ben, bens, conversation, append } = await begun();
  await append('add', { person: ben.person, role: 'member' });
  world.bus.isCut = true;
  await append('remove', { person: ben.person });
  await append('message', text('among ourselves'));
  world.bus.isCut = false;
  bens.forget();
  await world.environment.advance(1_000);
  expect(bens.of('head').map(({ head }) => head.seq)).toEqual([3]);
  expect(bens.of('entries')).toEqual([]);

  const { head, entries } = await rangeOf(bens, conversation);
  expect(entries.map(({ seq }) => seq)).toEqual([2, 3]);
  expect(head.seq).toBe(3);
  // How far the others have read is not for him either, nor is it for them how far he has.
  const adas = await world.enter(ada);
  adas.forget();
  await bens.say({ kind: 'mark', conversation, readSeq: 3 as Seq, receivedSeq: 3 as Seq });
  expect(adas.of('marker')).toEqual([]);
  bens.forget();
  await adas.say({ kind: 'mark', conversation, readSeq: 4 as Seq, receivedSeq: 4 as Seq });
  expect(bens.of('marker')).toEqual([]);
});

test('[VIS-1] [MARK-2] whoever was taken out marks no place beyond that, and is told no count of what came after', async () => {
  const { ben, bens, conversation, append, world } = await begun();
  await append('add', { person: ben.person, role: 'member' });
  await append('remove', { person: ben.person });
  await append('message', text('among ourselves'));
  bens.forget();
  await bens.say({ kind: 'mark', conversation, readSeq: 4 as Seq, receivedSeq: 4 as Seq });
  await world.environment.settle();
  expect(bens.of('marker')).toEqual([]);
  expect(bens.of('error')).toMatchObject([{ code: 'marker_beyond_head', details: { uptoSeq: 4, headSeq: 3 } }]);
  await bens.say({ kind: 'mark', conversation, readSeq: 3 as Seq, receivedSeq: 3 as Seq });
  await world.environment.settle();
  expect(bens.of('marker')).toMatchObject([{ readSeq: 3, readOrd: 0 }]);
});

async function rangeOf(client: Client, conversation: ConversationId) {
  const answer = await client.ask({
    kind: 'pull',
    conversation,
    fromSeq: 1 as Seq,
    untilSeq: 100 as Seq,
    end: 'last',
    limit: 100,
  });
  if (answer.kind !== 'range') throw new Error(`no range: ${JSON.stringify(answer)}`);
  return answer;
}
