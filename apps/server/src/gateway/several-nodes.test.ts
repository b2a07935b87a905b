import type { Operation } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { toldOneByOneMax } from '../owner/notice-topics.ts';
import { type Client, type GatewayWorld, type Guest, opened, openGateways, said } from './gateway-world.contract.ts';

/** Ada on one node, Ben on the other, and their conversation. */
async function begun() {
  const [one, two] = (await openGateways(['one', 'two'])) as [GatewayWorld, GatewayWorld];
  const [ada, ben] = [await one.person('ada'), await two.person('ben')];
  const [adas, bens] = [await one.enter(ada), await two.enter(ben)];
  const { conversation, head } = await opened(adas, ben.person);
  return { one, two, ada, ben, adas, bens, conversation, head };
}

/** Whoever may append to a group appends here. */
function groupOf(world: GatewayWorld, author: PersonId) {
  const conversation = world.environment.id() as ConversationId;
  const device = world.environment.id() as DeviceId;
  let n = 0;
  const append = async (node: GatewayWorld, operations: readonly { kind: Operation['kind']; body: object }[]): Promise<void> => {
    const common = { conversation, author, device, target: null, after: null };
    const batch = operations.map(({ kind, body }) => ({ ...common, n: ++n as OperationNumber, kind, body: JSON.stringify(body) }));
    const answers = node.owners.send(conversation, batch);
    await world.environment.settle();
    expect((await answers).every((answer) => 'seq' in answer)).toBe(true);
  };
  return { append };
}

const presenceAt = (client: Client, { person }: Guest) =>
  client
    .of('presence')
    .flatMap(({ people }) => people)
    .findLast((each) => each.person === person)?.presence;

test('[NODE-1] people on two nodes hear each other: entries, typing, ticks, and what is their own on another device', async () => {
  const { one, two, ada, ben, adas, bens, conversation, head } = await begun();
  const adasOther = await two.enter(ada);
  await said(adas, conversation, 1, 'hello', head);
  for (const client of [bens, adasOther]) expect(client.last('entries').entries.map(({ seq }) => seq)).toContain(2);
  await bens.say({ kind: 'type', conversation });
  expect(adas.last('typing')).toMatchObject({ conversation, person: ben.person });
  await bens.say({ kind: 'mark', conversation, readSeq: 2 as never, receivedSeq: 2 as never });
  expect(adas.last('marker')).toMatchObject({ person: ben.person, readSeq: 2 });
  await adas.ask({ kind: 'put_register', key: 'draft', ver: 0 as never, value: '"x"' });
  expect(adasOther.of('registers_changed')).toHaveLength(1);
  one.bus.publish({ notice: 'logins_ended', person: ada.person, login: ada.login }, () => ['everyone']);
  await one.environment.settle();
  expect([adas.end, adasOther.end]).toEqual([
    { code: 4204, reason: 'login_ended' },
    { code: 4204, reason: 'login_ended' },
  ]);
  expect([...one.faults, ...two.faults]).toEqual([]);
});

test('[NODE-1] a node hears nothing of people who are not there', async () => {
  const { one, two, ben, adas, bens, conversation, head } = await begun();
  bens.connection.closed(true);
  const heard: string[] = [];
  two.bus.subscribe(({ notice }) => void heard.push(notice));
  await said(adas, conversation, 1, 'hello', head);
  expect(heard).toEqual([]);
  const back = await two.enter(ben);
  await said(adas, conversation, 2, 'again', one.owners.peek(conversation)?.head ?? head);
  expect(back.last('entries').entries).toHaveLength(1);
});

test('[NODE-3] somebody is online while they are on any node, and offline once they are on none', async () => {
  const { one, two, ada, ben, adas, bens } = await begun();
  await adas.say({ kind: 'watch', people: [ben.person] });
  expect(presenceAt(adas, ben)).toBe('online');
  const bensPhone = await one.enter(ben);
  bens.connection.closed(true);
  await one.environment.settle();
  expect(presenceAt(adas, ben)).toBe('online');
  bensPhone.connection.closed(true);
  await one.environment.settle();
  expect(presenceAt(adas, ben)).toBe('offline');
  await two.enter(ben);
  expect(presenceAt(adas, ben)).toBe('online');
  // Who looks again at the same people is told nothing else meanwhile.
  adas.forget();
  await adas.say({ kind: 'watch', people: [ben.person, ada.person] });
  expect(adas.of('presence').flatMap(({ people }) => people.filter(({ presence }) => presence === 'offline'))).toEqual([]);
});

test('[NODE-3] who was on a node that died, or was cut off, is offline within 30 s, and online again once it answers', async () => {
  const { one, two, ben, adas } = await begun();
  await adas.say({ kind: 'watch', people: [ben.person] });
  two.bus.isCut = true;
  const stay = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await one.environment.advance(1_000);
      for (const node of [one, two]) for (const connection of [...node.tools.presence.people()]) signAll(node, connection);
    }
  };
  await stay(10_000);
  expect(presenceAt(adas, ben)).toBe('online');
  await stay(20_000);
  expect(presenceAt(adas, ben)).toBe('offline');
  two.bus.isCut = false;
  await stay(11_000);
  expect(presenceAt(adas, ben)).toBe('online');
});

test('[NODE-3] who is sent away by a draining node stays online for their grace', async () => {
  const { one, two, ada, ben, adas } = await begun();
  await adas.say({ kind: 'watch', people: [ben.person] });
  two.hub.drain(0);
  await one.environment.advance(5_000);
  expect(presenceAt(adas, ben)).toBe('online');
  for (let second = 0; second < 25; second++) {
    signAll(one, ada.person);
    await one.environment.advance(1_000);
  }
  expect(presenceAt(adas, ben)).toBe('offline');
});

test('what another node appended is remembered without being read again, and what follows a gap is read', async () => {
  const { one, two, adas, bens, conversation, head } = await begun();
  await said(bens, conversation, 1, 'one', head);
  const remembered = () => two.owners.peek(conversation)?.head;
  const said2 = await said(adas, conversation, 1, 'two', one.owners.peek(conversation)?.head ?? head);
  expect(said2).toMatchObject({ seq: 3 });
  expect(remembered()).toEqual(one.owners.peek(conversation)?.head);
  one.bus.isCut = true;
  await said(adas, conversation, 2, 'three', remembered() ?? head);
  one.bus.isCut = false;
  await said(adas, conversation, 3, 'four', one.owners.peek(conversation)?.head ?? head);
  expect(remembered()?.seq).not.toBe(3);
  const after = (await two.owners.view(conversation)).head;
  expect(await said(bens, conversation, 2, 'five', after)).toMatchObject({ seq: 6 });
  expect(one.owners.peek(conversation)?.head).toEqual(two.owners.peek(conversation)?.head);
});

const signAll = (node: GatewayWorld, person: PersonId) => {
  for (const connection of node.tools.presence.connectionsOf(person) ?? []) connection.sign();
};

test('[NODE-2] a gap of the bus makes everybody compare, spread over two seconds, and again and again while nothing passes', async () => {
  const { two, bens } = await begun();
  const resyncs = () => bens.of('resync').length;
  two.bus.isBroken = true;
  await two.environment.advance(3_000);
  expect(resyncs()).toBe(1);
  bens.connection.sign();
  await two.environment.advance(16_000);
  expect(resyncs()).toBe(2);
  two.bus.isBroken = false;
  bens.connection.sign();
  await two.environment.advance(3_000);
  expect(resyncs()).toBe(3);
  bens.connection.sign();
  await two.environment.advance(20_000);
  expect(resyncs()).toBe(3);
});

test('[NODE-2] who comes while nothing passes is told to compare, too', async () => {
  const { two, ben } = await begun();
  two.bus.isBroken = true;
  const client = await two.enter(ben);
  await two.environment.advance(16_000);
  expect(client.of('resync')).toHaveLength(1);
});

test('[NODE-1] a group that grows over the bound is told under its own topic, and nobody misses an entry, nor hears one after they left', async () => {
  const [one, two] = (await openGateways(['one', 'two'])) as [GatewayWorld, GatewayWorld];
  const [ada, ben, cleo] = [await one.person('ada'), await two.person('ben'), await two.person('cleo')];
  const [bens, cleos] = [await two.enter(ben), await two.enter(cleo)];
  const { append } = groupOf(one, ada.person);
  const heard = (client: Client) => client.of('entries').flatMap(({ entries }) => entries.map(({ seq }) => seq));
  const stranger = () => ({ person: one.environment.id() as PersonId, role: 'member' as const });
  const members = [
    { person: ada.person, role: 'owner' },
    { person: ben.person, role: 'member' },
  ];
  const some = Array.from({ length: toldOneByOneMax - 10 }, stranger);
  await append(one, [{ kind: 'create', body: { type: 'group', title: 'Town', members: [...members, ...some] } }]);
  const further = Array.from({ length: limits.entriesPerAppendMax }, () => ({ kind: 'add' as const, body: stranger() }));
  await append(one, further);
  await append(one, [{ kind: 'message', body: { text: 'many by now' } }]);
  expect(heard(bens)).toEqual(Array.from({ length: 66 }, (_, index) => index + 1));
  // Whoever joins a large group, or comes to a node, hears of it from there on.
  await append(one, [{ kind: 'add', body: { person: cleo.person, role: 'member' } }]);
  await append(one, [{ kind: 'message', body: { text: 'welcome' } }]);
  expect(heard(cleos)).toEqual([67, 68]);
  bens.connection.closed(true);
  cleos.connection.closed(true);
  const topics: string[] = [];
  two.bus.subscribe(({ notice }) => void topics.push(notice));
  await append(one, [{ kind: 'message', body: { text: 'nobody is there' } }]);
  expect(topics).toEqual([]);
  const [bensAgain, cleosAgain] = [await two.enter(ben), await two.enter(cleo)];
  await append(one, [{ kind: 'message', body: { text: 'back' } }]);
  expect([heard(bensAgain), heard(cleosAgain)]).toEqual([[70], [70]]);
  await append(one, [{ kind: 'remove', body: { person: ben.person } }]);
  await append(one, [{ kind: 'message', body: { text: 'without Ben' } }]);
  expect([heard(bensAgain), heard(cleosAgain)]).toEqual([
    [70, 71],
    [70, 71, 72],
  ]);
  expect([...one.faults, ...two.faults]).toEqual([]);
});
