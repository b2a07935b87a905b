import type { Entry } from '@parlour/core/conversation-log/entry';
import type {
  Chain,
  ConversationId,
  DeviceId,
  Digest,
  LoginId,
  MessageCount,
  OperationNumber,
  PersonId,
  RegisterVersion,
  Salt,
  Seq,
  WallMs,
} from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import { mintSalt, nodeEnvironment } from '../node-environment.ts';
import type { Bus, Notice, Topic } from './bus.ts';

export type BusNet = AsyncDisposable & {
  /** Another node. */
  readonly join: () => Promise<Bus>;
};

const person = nodeEnvironment.id() as PersonId;
const other = nodeEnvironment.id() as PersonId;
const conversation = nodeEnvironment.id() as ConversationId;
const chain = mintSalt() as unknown as Chain;

const entryOf = (seq: number, more: Partial<Entry>): Entry => ({
  seq: seq as Seq,
  kind: 'message',
  author: person,
  device: nodeEnvironment.id() as DeviceId,
  n: seq as OperationNumber,
  target: null,
  ord: seq as MessageCount,
  mine: seq as MessageCount,
  memberSeq: 1 as Seq,
  ts: 1_790_000_000_000 as WallMs,
  digest: mintSalt() as unknown as Digest,
  chain,
  salt: mintSalt() as Salt,
  body: JSON.stringify({ text: 'ünï ✓ 😀 "quoted"\n\u0000 end' }),
  ...more,
});

/** One of each kind, and of what each may hold. */
const notices: readonly Notice[] = [
  {
    notice: 'entries',
    conversation,
    previous: { seq: 3 as Seq, chain },
    entries: [entryOf(4, {}), entryOf(5, { salt: null, body: null, target: 4 as Seq }), entryOf(6, { kind: 'remove' })],
    memberSeq: 6 as Seq,
    prevMemberSeq: 1 as Seq,
  },
  { notice: 'head', conversation, head: { seq: 7 as Seq, chain }, memberSeq: 0 as Seq },
  {
    notice: 'marker',
    conversation,
    person,
    marker: {
      readSeq: 5 as Seq,
      readOrd: 3 as MessageCount,
      readMine: 1 as MessageCount,
      receivedSeq: 6 as Seq,
      toldSeq: 0 as Seq,
    },
    readAt: null,
    memberSeq: 6 as Seq,
  },
  { notice: 'typing', conversation, person, memberSeq: 6 as Seq },
  { notice: 'registers', person, headVer: (2 ** 40) as RegisterVersion },
  { notice: 'person', person },
  { notice: 'logins_ended', person, login: null },
  { notice: 'logins_ended', person, login: nodeEnvironment.id() as LoginId },
  { notice: 'presence', person, node: 'one', isHere: false, at: 1_790_000_000_001 as WallMs },
  { notice: 'watched', person, node: 'one' },
  {
    notice: 'node',
    isLeaving: false,
    facts: {
      ...{ node: 'one', url: 'https://one.example', version: '0.1.0', roles: ['gateway', 'worker'], isDraining: false },
      ...{ startedAt: 1_790_000_000_002 as WallMs, connections: 3, connectionsMax: 50_000, utilisation: 0.25 },
    },
  },
  { notice: 'unanswered', node: 'one', by: 'two' },
  {
    ...{ notice: 'uses', node: 'one', number: 7 },
    uses: [
      { limit: 'sends', key: person, count: 64 },
      { limit: 'sockets_of_address', key: '2001:db8:0:0::/64', count: 0 },
    ],
  },
];

const typing: Notice = { notice: 'typing', conversation, person, memberSeq: 6 as Seq };
const ending: Notice = { notice: 'logins_ended', person: other, login: null };

function heardBy(bus: Bus): Notice[] {
  const heard: Notice[] = [];
  bus.subscribe((notice) => void heard.push(notice));
  return heard;
}

/** What every adapter keeps. */
export function describeBus(open: () => Promise<BusNet>): void {
  /** All nodes heard what was published before: each hears what everyone does, and in the order of one publisher. */
  const passed = async (from: Bus, heard: readonly (readonly Notice[])[]): Promise<void> => {
    from.publish(ending, () => ['everyone']);
    await expect.poll(() => heard.every((notices) => notices.at(-1)?.notice === 'logins_ended')).toBe(true);
  };

  describe('bus', () => {
    test('[BUS-1] what a node publishes its own receivers hear at once, whatever they follow', async () => {
      await using net = await open();
      const bus = await net.join();
      const heard = heardBy(bus);
      bus.publish(typing, () => []);
      expect(heard).toEqual([typing]);
      const stop = bus.subscribe(() => expect.fail('it was stopped'));
      stop();
      bus.publish(typing, () => ['everyone', `person.${person}`]);
      expect(heard).toEqual([typing, typing]);
      expect(await bus.settled()).toBe(true);
      expect(heard).toHaveLength(2);
    });

    test('[BUS-2] another node hears it as it was, once, where it follows one of its topics or several', async () => {
      await using net = await open();
      const [one, two, three] = [await net.join(), await net.join(), await net.join()];
      const [two_, three_] = [heardBy(two), heardBy(three)];
      const topics: readonly Topic[] = [`person.${person}`, `person.${other}`, `conversation.${conversation}`, `presence.${person}`];
      for (const topic of topics) two.follow(topic);
      three.follow(`person.${other}`);
      expect([await two.settled(), await three.settled()]).toEqual([true, true]);
      for (const notice of notices) one.publish(notice, () => topics);
      one.publish(typing, () => [`presence.${person}`]);
      await passed(one, [two_, three_]);
      expect(two_).toEqual([...notices, typing, ending]);
      expect(three_).toEqual([...notices, ending]);
    });

    test('[BUS-3] a topic is followed until all who asked have stopped, and what everyone hears always', async () => {
      await using net = await open();
      const [one, two] = [await net.join(), await net.join()];
      const heard = heardBy(two);
      const stops = [two.follow(`person.${person}`), two.follow(`person.${person}`)];
      stops[0]?.();
      stops[0]?.();
      await two.settled();
      one.publish(typing, () => [`person.${person}`]);
      await passed(one, [heard]);
      expect(heard).toEqual([typing, ending]);
      stops[1]?.();
      await two.settled();
      one.publish(typing, () => [`person.${person}`]);
      one.publish(typing, () => [`person.${other}`]);
      heard.length = 0;
      await passed(one, [heard]);
      expect(heard).toEqual([ending]);
    });

    test('[BUS-4] what is published once following has settled is heard, however close behind', async () => {
      await using net = await open();
      const [one, two] = [await net.join(), await net.join()];
      const heard = heardBy(two);
      const followed: PersonId[] = [];
      for (let turn = 0; turn < 50; turn++) {
        const somebody = nodeEnvironment.id() as PersonId;
        followed.push(somebody);
        two.follow(`person.${somebody}`);
        await two.settled();
        one.publish({ notice: 'person', person: somebody }, () => [`person.${somebody}`]);
      }
      await passed(one, [heard]);
      expect(heard).toEqual([...followed.map((somebody): Notice => ({ notice: 'person', person: somebody })), ending]);
    });
  });
}
