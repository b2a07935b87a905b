import { connect } from '@nats-io/transport-node';
import type { Entry } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, PersonId, Seq } from '@parlour/core/ids';
import { describe, expect, inject, test } from 'vitest';
import { NatsBus } from '../apps/server/src/adapters/nats/nats-bus.ts';
import { NatsUnusable } from '../apps/server/src/adapters/nats/nats-unusable.ts';
import { mintSalt, nodeEnvironment } from '../apps/server/src/node-environment.ts';
import type { Notice } from '../apps/server/src/ports/bus.ts';
import { NatsServer } from '../testkit/nats-server.ts';

const person = nodeEnvironment.id() as PersonId;
const conversation = nodeEnvironment.id() as ConversationId;
const chain = mintSalt() as unknown as Chain;
const ofPerson: Notice = { notice: 'person', person };
const toPerson = () => [`person.${person}`] as const;

const nodeOn = (url: string, prefix: string, faults: unknown[] = []): Promise<NatsBus> =>
  NatsBus.open({ url, prefix, node: nodeEnvironment.id(), reportFault: (fault) => faults.push(fault) });

const heardBy = (bus: NatsBus): Notice[] => {
  const heard: Notice[] = [];
  bus.subscribe((notice) => void heard.push(notice));
  return heard;
};

describe('NATS as it may be', () => {
  test('a start without it fails, and says where it was looked for and nothing that is secret', async () => {
    const failure = await NatsBus.open({ url: 'nats://ada:hidden@127.0.0.1:1', prefix: 'x', node: 'n', reportFault: () => {} }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(NatsUnusable);
    expect(String(failure)).toContain('127.0.0.1:1');
    expect(String(failure)).not.toContain('hidden');
  });

  test('[A-29] nobody without its password is let in, and with it everything passes', async () => {
    await using server = await NatsServer.start(['--user', 'parlour', '--pass', 'p/w d']);
    await expect(nodeOn(server.url, 'x')).rejects.toThrow(NatsUnusable);
    await expect(nodeOn(server.url.replace('//', '//parlour:wrong@'), 'x')).rejects.toThrow(NatsUnusable);
    const url = server.url.replace('//', '//parlour:p%2Fw%20d@');
    await using one = await nodeOn(url, 'x');
    await using two = await nodeOn(url, 'x');
    const heard = heardBy(two);
    one.publish(ofPerson, () => ['everyone']);
    await expect.poll(() => heard).toEqual([ofPerson]);
  });

  test('what is no notice is ignored and counted, whatever it is', async () => {
    const prefix = nodeEnvironment.id();
    await using bus = await nodeOn(inject('natsUrl'), prefix);
    const heard = heardBy(bus);
    const stranger = await connect({ servers: inject('natsUrl') });
    const mark = `${nodeEnvironment.id()} `;
    const marked = (number: number, text: string) => `${mark}${number}\n${text}`;
    const head = { seq: 1, chain };
    const bad = [
      '',
      '\n',
      new Uint8Array([0xff, 0xfe, 0x00]),
      '{"notice":"person"}',
      marked(1, ''),
      marked(2, 'null'),
      marked(3, '{"notice":"of tomorrow","person":1}'),
      marked(4, '{"notice":"person","person":"somebody"}'),
      marked(5, '{"__proto__":{"notice":"person"},"notice":"constructor"}'),
      marked(6, JSON.stringify({ notice: 'entries', conversation, previous: head, entries: [], memberSeq: 1, prevMemberSeq: 1 })),
      marked(7, JSON.stringify({ notice: 'head', conversation, head: { seq: -1, chain }, memberSeq: 1 })),
      marked(8, `${'['.repeat(100_000)}`),
    ];
    for (const payload of bad) stranger.publish(`${prefix}.1.everyone`, payload);
    stranger.publish(`${prefix}.1.everyone`, marked(9, JSON.stringify({ ...ofPerson, added: 'later' })));
    stranger.publish(`${prefix}.1.everyone`, marked(9, JSON.stringify(ofPerson)));
    await stranger.drain();
    await expect.poll(() => bus.counters).toMatchObject({ malformed: bad.length, heard: 1, repeated: 1 });
    expect(heard).toEqual([ofPerson]);
  });

  test('entries that are too long for one message are told by their head', async () => {
    const prefix = nodeEnvironment.id();
    await using one = await nodeOn(inject('natsUrl'), prefix);
    await using two = await nodeOn(inject('natsUrl'), prefix);
    const [ones, twos] = [heardBy(one), heardBy(two)];
    const entry = (seq: number) =>
      ({
        ...{ seq, kind: 'message', author: person, device: nodeEnvironment.id(), n: seq, target: null, ord: seq, mine: seq, memberSeq: 1 },
        ...{ ts: 1, digest: mintSalt(), chain, salt: null, body: JSON.stringify({ text: '😀'.repeat(8_000) }) },
      }) as unknown as Entry;
    const entries = Array.from({ length: 40 }, (_, index) => entry(index + 1));
    const long: Notice = {
      ...{ notice: 'entries', conversation, entries, memberSeq: 1 as Seq, prevMemberSeq: 1 as Seq },
      previous: { seq: 0 as Seq, chain },
    };
    one.publish(long, () => ['everyone']);
    await expect.poll(() => twos).toEqual([{ notice: 'head', conversation, head: { seq: 40, chain }, memberSeq: 1 }]);
    expect(ones).toEqual([long]);
    expect(one.counters.shortened).toBe(1);
  });

  test('[NODE-2] a bus that dies and comes back is a gap at both moments, and passes what is said then under what was followed before', async () => {
    await using server = await NatsServer.start();
    const faults: unknown[] = [];
    await using one = await nodeOn(server.url, 'x', faults);
    await using two = await nodeOn(server.url, 'x', faults);
    const heard = heardBy(two);
    two.follow(`person.${person}`);
    await two.settled();
    let gaps = 0;
    two.onGap(() => gaps++);
    await server.kill();
    await expect.poll(() => [one.isBroken, two.isBroken, gaps]).toEqual([true, true, 1]);
    one.publish(ofPerson, toPerson);
    expect(await one.settled()).toBe(false);
    expect(one.counters.dropped).toBe(1);
    await server.start();
    await expect.poll(() => [one.isBroken, two.isBroken, gaps]).toEqual([false, false, 2]);
    one.publish(ofPerson, toPerson);
    expect(await one.settled()).toBe(true);
    await expect.poll(() => heard).toEqual([ofPerson]);
    expect(faults.length).toBeGreaterThan(0);
  });

  test('[NODE-2] a bus that hangs is left within 15 s, and nobody who greets waits for it as long', async () => {
    await using server = await NatsServer.start();
    await using bus = await nodeOn(server.url, 'x');
    await server.pause();
    const from = performance.now();
    expect(await bus.settled()).toBe(false);
    expect(performance.now() - from).toBeLessThan(5_000);
    await expect.poll(() => bus.isBroken, { timeout: 20_000 }).toBe(true);
    expect(performance.now() - from).toBeLessThan(15_000);
    server.resume();
    await expect.poll(() => bus.isBroken).toBe(false);
    expect(await bus.settled()).toBe(true);
  });
});
