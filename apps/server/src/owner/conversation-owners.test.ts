import { chainOf } from '@parlour/core/conversation-log/chain';
import { genesis, type Operation, type Position } from '@parlour/core/conversation-log/entry';
import { type ErrorCode, StorageFailure } from '@parlour/core/errors';
import type { Chain, ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Marker } from '@parlour/core/marker';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { SqliteDatabase } from '../adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../adapters/sqlite/sqlite-log-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import type { Notice } from '../ports/bus.ts';
import type { LogStore } from '../ports/log-store.ts';
import { ConversationOwners } from './conversation-owners.ts';
import { type Fault, FaultyLogStore } from './faulty-log-store.contract.ts';
import type { OperationAnswer } from './owner-tools.ts';

const fixed = new ManualEnvironment(0);
const ada = fixed.id() as PersonId;
const ben = fixed.id() as PersonId;
const here = fixed.id() as ConversationId;
const there = fixed.id() as ConversationId;
const phone = fixed.id() as DeviceId;
const desk = fixed.id() as DeviceId;
const forged = digest16('forged') as Chain;

const stores: Readonly<Record<string, () => LogStore>> = {
  memory: () => new MemoryLogStore(),
  SQLite: () => {
    const database = new SqliteDatabase({ file: ':memory:', busyTimeoutMs: 1_000, readOnly: false });
    const insert = database.connection.prepare(
      "insert into person (public_id, handle, handle_key, display_name, name_key, created_at) values (?, ?, ?, '', '', 0)",
    );
    for (const person of [ada, ben]) insert.run(person, person, person);
    return new SqliteLogStore(database);
  },
};
let openStore: () => LogStore;

type World = ReturnType<typeof worldOf>;
type Node = { readonly owners: ConversationOwners; readonly notices: Notice[] };

function worldOf(seed = 1) {
  const environment = new ManualEnvironment(seed);
  const store = new FaultyLogStore(openStore());
  const node = (marksKept = 64): Node => {
    const bus = new MemoryBus();
    const notices: Notice[] = [];
    bus.subscribe((notice) => void notices.push(notice));
    return {
      owners: new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax: 100, marksKept, limits }),
      notices,
    };
  };
  return { environment, store, node };
}

const says = (n: number, more: Partial<Operation> = {}): Operation => ({
  conversation: here,
  author: ada,
  device: phone,
  n: n as OperationNumber,
  kind: 'message',
  target: null,
  body: `{"text":"line ${n}"}`,
  after: genesis,
  ...more,
});
const creates = (conversation: ConversationId, device: DeviceId): Operation => ({
  ...says(1, { conversation, device }),
  kind: 'create',
  body: JSON.stringify({ type: 'direct', members: [ada, ben].map((person) => ({ person, role: 'member' })) }),
});

async function sent(world: World, { owners }: Node, operations: readonly Operation[]): Promise<(number | ErrorCode)[]> {
  const answers = owners.send(operations[0]?.conversation ?? here, operations);
  await world.environment.settle();
  return (await answers).map(seqOrCode);
}
const seqOrCode = (answer: OperationAnswer): number | ErrorCode => ('seq' in answer ? answer.seq : answer.refused);

/** A world with one node, and a conversation of ada and ben in it. */
async function begun(seed?: number): Promise<{ world: World; node: Node }> {
  const world = worldOf(seed);
  const node = world.node();
  expect(await sent(world, node, [creates(here, fixed.id() as DeviceId)])).toEqual([1]);
  return { world, node };
}

async function logOf({ store }: World, conversation = here): Promise<{ position: Position; lines: string[] }> {
  const entries = await store.loadRange(conversation, { fromSeq: 1 as Seq, untilSeq: 100_000 as Seq });
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  const marks = await store.loadMarks(conversation, { fromSeq: 1 as Seq, untilSeq: 100_000 as Seq });
  let chain = genesis.chain;
  for (const [index, mark] of marks.entries()) {
    const entry = entries[index];
    if (!entry) throw new Error('a mark without an entry');
    chain = chainOf(digest16, chain, { ...entry, digest: mark.digest });
    expect(entry.chain).toBe(chain);
  }
  expect(new Set(entries.map(({ device, n }) => `${device} ${n}`)).size).toBe(entries.length);
  const lines = entries.filter(({ kind }) => kind === 'message').map(({ body }) => JSON.parse(body ?? '').text as string);
  return { position: { seq: entries.length as Seq, chain }, lines };
}

describe.each(Object.entries(stores))('owner over %s', (_, open) => {
  beforeEach(() => {
    openStore = open;
  });

  describe('answers', () => {
    test('[OWN-1] all that arrives in a turn is one commit, answered and told after it, in order', async () => {
      const { world, node } = await begun();
      node.notices.length = 0;
      const answers = [node.owners.send(here, [says(1), says(2)]), node.owners.send(here, [says(1, { author: ben, device: desk })])];
      const committed = world.store.commitCount;
      await world.environment.settle();
      expect((await Promise.all(answers)).flat().map(seqOrCode)).toEqual([2, 3, 4]);
      expect(world.store.commitCount).toBe(committed + 1);
      expect((await logOf(world)).lines).toEqual(['line 1', 'line 2', 'line 1']);
      expect(node.notices).toMatchObject([{ notice: 'entries', previous: { seq: 1 }, entries: [{ seq: 2 }, { seq: 3 }, { seq: 4 }] }]);
    });

    test('[OP-3] an operation sent again has the same seq, is stored once, and the head is told again', async () => {
      const { world, node } = await begun();
      expect(await sent(world, node, [says(1), says(2)])).toEqual([2, 3]);
      node.notices.length = 0;
      expect(await sent(world, node, [says(1), says(2), says(3)])).toEqual([2, 3, 4]);
      expect(node.notices.filter(({ notice }) => notice === 'head').length).toBeGreaterThan(0);
      const fresh = world.node();
      expect(await sent(world, fresh, [says(2), says(3)])).toEqual([3, 4]);
      expect(await sent(world, fresh, [says(2, { after: null })])).toEqual([3]);
      const { position } = await logOf(world);
      expect(await sent(world, fresh, [says(3, { after: position })])).toEqual([4]);
      expect((await logOf(world)).lines).toEqual(['line 1', 'line 2', 'line 3']);
    });

    test('[OP-4] an id used for something else is refused, here and in another conversation', async () => {
      const { world, node } = await begun();
      expect(await sent(world, node, [creates(there, fixed.id() as DeviceId)])).toEqual([1]);
      expect(await sent(world, node, [says(1)])).toEqual([2]);
      const { position } = await logOf(world);
      const other = { body: '{"text":"other"}' };
      expect(await sent(world, node, [says(1, other)])).toEqual(['id_reuse']);
      expect(await sent(world, node, [says(1, { ...other, after: position })])).toEqual(['id_reuse']);
      expect(await sent(world, node, [says(1, { conversation: there }), says(2, { conversation: there })])).toEqual(['id_reuse', 2]);
      expect((await logOf(world)).lines).toEqual(['line 1']);
      expect((await logOf(world, there)).lines).toEqual(['line 2']);
    });

    test('[OP-5] a lower number after a higher one is superseded, also where the log must be read to know it', async () => {
      const { world, node } = await begun();
      expect(await sent(world, node, [says(7)])).toEqual([2]);
      expect(await sent(world, node, [says(5), says(8)])).toEqual(['superseded', 3]);
      const late = world.node(2);
      for (let n = 10; n < 30; n++) await sent(world, late, [says(n)]);
      expect(await sent(world, late, [says(9)])).toEqual(['superseded']);
    });

    test('[OP-5] what was looked up before the head moved is looked up again', async () => {
      const world = worldOf();
      const node = world.node(2);
      expect(await sent(world, node, [creates(here, fixed.id() as DeviceId)])).toEqual([1]);
      for (let n = 1; n < 10; n++) await sent(world, node, [says(n, { device: desk, author: ben })]);
      const { position } = await logOf(world);
      const answers = [node.owners.send(here, [says(7, { after: position })]), node.owners.send(here, [says(5)])];
      await world.environment.settle();
      expect((await Promise.all(answers)).flat().map(seqOrCode)).toEqual([11, 'superseded']);
    });

    test('[OP-2] a position that is not in the log is diverged, but only once the log was read again', async () => {
      const { world, node } = await begun();
      const other = world.node();
      expect(await sent(world, other, [says(1, { author: ben, device: desk })])).toEqual([2]);
      const { position } = await logOf(world);
      expect(await sent(world, node, [says(1, { after: position })])).toEqual([3]);
      const loads = world.store.loadCount;
      expect(await sent(world, node, [says(2, { after: { seq: 2 as Seq, chain: forged } })])).toEqual(['diverged']);
      expect(world.store.loadCount).toBe(loads + 1);
      expect(await sent(world, node, [says(2, { after: { seq: 99 as Seq, chain: forged } })])).toEqual(['diverged']);
      expect((await logOf(world)).lines).toEqual(['line 1', 'line 1']);
    });

    test('[OP-2] a forged position takes nothing from those whose operations came in the same turn', async () => {
      const { world, node } = await begun();
      const good = node.owners.send(here, [says(1)]);
      const bad = node.owners.send(here, [says(1, { author: ben, device: desk, after: { seq: 77 as Seq, chain: forged } })]);
      const behind = node.owners.send(here, [says(2)]);
      await world.environment.settle();
      expect((await Promise.all([good, bad, behind])).flat().map(seqOrCode)).toEqual([2, 'diverged', 3]);
      expect((await logOf(world)).lines).toEqual(['line 1', 'line 2']);
    });

    test('[OP-6] made too far behind the head is answered resync; what is there already still has its seq by the index', async () => {
      const { world, node } = await begun();
      for (let n = 1; n <= limits.afterDistanceMax + 64; n += 64)
        await sent(
          world,
          node,
          Array.from({ length: 64 }, (_, index) => says(n + index, { author: ben, device: desk, after: null })),
        );
      expect(await sent(world, node, [says(1)])).toEqual(['resync']);
      expect(await sent(world, node, [says(1, { after: null })])).toEqual([limits.afterDistanceMax + 64 + 2]);
      expect(await sent(world, node, [says(1, { device: desk, author: ben, after: null })])).toEqual([2]);
    });

    test('[OWN-2] behind one that must wait the others of its batch wait too; behind one that is refused they go on', async () => {
      const { world, node } = await begun();
      const lost = { after: { seq: 50 as Seq, chain: forged } };
      expect(await sent(world, node, [says(1), says(2, lost), says(3)])).toEqual([2, 'diverged', 'held_back']);
      expect(await sent(world, node, [says(1, { body: '{"text":"other"}' }), says(4)])).toEqual(['id_reuse', 3]);
    });

    test('[OP-1] who is not a member is refused as if there were no conversation', async () => {
      const { world, node } = await begun();
      const stranger = { author: fixed.id() as PersonId, device: fixed.id() as DeviceId };
      const known = await sent(world, node, [says(1, stranger), says(2, { ...stranger, after: null })]);
      const unknown = await sent(world, node, [
        says(1, { ...stranger, conversation: there }),
        says(2, { ...stranger, conversation: there }),
      ]);
      expect(known).toEqual(unknown);
      expect(known).toEqual(['conversation_not_visible', 'conversation_not_visible']);
    });
  });

  describe('faults', () => {
    test.each<Fault>(['lost_answer', 'never_arrived', 'unknown_append'])(
      '[OWN-3] an unknown outcome (%s) is resolved by reading: once in the log, and acknowledged',
      async (fault) => {
        const { world, node } = await begun();
        world.store.faults.push(fault);
        expect(await sent(world, node, [says(1), says(2)])).toEqual([2, 3]);
        world.store.faults.push(fault, fault);
        expect(await sent(world, node, [says(3, { after: null })])).toEqual([4]);
        expect((await logOf(world)).lines).toEqual(['line 1', 'line 2', 'line 3']);
      },
    );

    test('[OWN-3] an unknown outcome that cannot be resolved is no answer but "later"; sent again it is there once', async () => {
      const { world, node } = await begun();
      world.store.faults.push('lost_answer');
      world.store.before = async () => {
        world.store.unreadable = true;
      };
      expect(await sent(world, node, [says(1)])).toEqual(['storage_unavailable']);
      world.store.unreadable = false;
      expect(await sent(world, node, [says(1)])).toEqual([2]);
      expect((await logOf(world)).lines).toEqual(['line 1']);
    });

    test('[OWN-4] on a full disk nothing is acknowledged; healed, the same operations go through by themselves', async () => {
      const { world, node } = await begun();
      world.store.full = true;
      const answers = node.owners.send(here, [says(1), says(2)]);
      await world.environment.settle();
      expect(await answers).toEqual([1, 2].map(() => ({ refused: 'storage_unavailable', details: {}, retryAfterMs: 700 })));
      expect(await sent(world, node, [says(1)])).toEqual(['storage_unavailable']);
      expect((await logOf(world)).lines).toEqual([]);
      world.store.full = false;
      expect(await sent(world, node, [says(1), says(2)])).toEqual([2, 3]);
      expect((await logOf(world)).lines).toEqual(['line 1', 'line 2']);
    });

    test('[OWN-5] when another node was quicker, the operation is decided again on what the log says then', async () => {
      const { world, node } = await begun();
      const other = world.node();
      const quicker = (operations: Operation[]) => {
        world.store.before = async () => {
          const answers = other.owners.send(here, operations);
          void world.environment.settle();
          await answers;
        };
      };
      quicker([says(1, { author: ben, device: desk, body: '{"text":"first"}' })]);
      expect(await sent(world, node, [says(1)])).toEqual([3]);
      quicker([says(2)]);
      expect(await sent(world, node, [says(2)])).toEqual([4]);
      quicker([says(9)]);
      expect(await sent(world, node, [says(8)])).toEqual(['superseded']);
      expect((await logOf(world)).lines).toEqual(['first', 'line 1', 'line 2', 'line 9']);
    });

    test('[OWN-6] of one commit, the conversation that loses takes no other with it', async () => {
      const { world, node } = await begun();
      expect(await sent(world, node, [creates(there, fixed.id() as DeviceId)])).toEqual([1]);
      expect(await sent(world, world.node(), [says(1, { author: ben, device: desk })])).toEqual([2]);
      const answers = [node.owners.send(here, [says(1)]), node.owners.send(there, [says(2, { conversation: there })])];
      await world.environment.settle();
      expect((await Promise.all(answers)).flat().map(seqOrCode)).toEqual([3, 2]);
    });

    test('[OWN-7] more than may wait is refused as too_busy, and quiet comes when all is answered', async () => {
      const { world, node } = await begun();
      const flood = Array.from({ length: limits.operationsQueuedMax / 64 }, (_, batch) =>
        node.owners.send(
          here,
          Array.from({ length: 64 }, (_, index) => says(batch * 64 + index + 1, { after: null })),
        ),
      );
      const more = await node.owners.send(here, [says(9_999)]);
      expect(more).toEqual([{ refused: 'too_busy', details: {}, retryAfterMs: 1_000 }]);
      let quiet = false;
      const waiting = node.owners.quiet().then(() => {
        quiet = true;
      });
      expect(quiet).toBe(false);
      await world.environment.settle();
      await waiting;
      expect((await Promise.all(flood)).flat().every((answer) => 'seq' in answer)).toBe(true);
      expect((await logOf(world)).position.seq).toBe(limits.operationsQueuedMax + 1);
    });

    test.each([true, false])('[OWN-3] who sends while the log is loaded for another is answered (it is read: %s)', async (isRead) => {
      const { world } = await begun();
      const node = world.node();
      const loaded = Promise.withResolvers<void>();
      world.store.beforeLoad = () => loaded.promise;
      const view = node.owners.view(here).catch(() => null);
      await world.environment.settle();
      const answers = sent(world, node, [says(1)]);
      await world.environment.settle();
      world.store.unreadable = !isRead;
      loaded.resolve();
      await view;
      world.store.unreadable = false;
      await world.environment.settle();
      expect(await answers).toEqual([2]);
    });

    test('[OWN-10] what is remembered is bounded, and a flood of others does not push out what is in use', async () => {
      const { world, node } = await begun();
      for (let n = 1; n <= 60; n++) {
        for (let other = 0; other < 9; other++) await node.owners.view(world.environment.id() as ConversationId);
        expect(node.owners.rememberedCount).toBeLessThanOrEqual(100);
        expect(node.owners.peek(here)?.head.seq).toBe(n);
        await sent(world, node, [says(n)]);
      }
    });

    test('[OWN-8] the head is told again 1, 4 and 16 s after the last append, then no more', async () => {
      const { world, node } = await begun();
      await world.environment.advance(60_000);
      node.notices.length = 0;
      await sent(world, node, [says(1)]);
      const heads = () => node.notices.filter(({ notice }) => notice === 'head').length;
      for (const [ms, count] of [
        [900, 0],
        [200, 1],
        [2_800, 1],
        [1_200, 2],
        [10_000, 2],
        [2_000, 3],
        [60_000, 3],
      ] as const) {
        await world.environment.advance(ms);
        expect(heads()).toBe(count);
      }
    });
  });

  describe('markers', () => {
    const wish = (readSeq: number) => ({ readSeq: readSeq as Seq, receivedSeq: 0 as Seq, told: true });
    const marked = async (world: World, { owners }: Node, readSeq: number) => {
      const answer = owners.mark(here, ben, wish(readSeq)).catch((failure: unknown) => failure);
      await world.environment.settle();
      return answer;
    };

    test('[MARK-1] a mark is answered when it is durable; an older one that comes while it is on its way moves nothing back', async () => {
      const { world, node } = await begun();
      await sent(
        world,
        node,
        Array.from({ length: 9 }, (_, index) => says(index + 1)),
      );
      let older: Promise<Marker | object> | null = null;
      world.store.before = async () => {
        older = node.owners.mark(here, ben, wish(4));
      };
      expect(await marked(world, node, 8)).toMatchObject({ readSeq: 8, readOrd: 7 });
      expect(await older).toMatchObject({ readSeq: 8 });
      expect(await world.store.loadMarker(here, ben)).toMatchObject({ readSeq: 8 });
      expect(await marked(world, node, 3)).toMatchObject({ readSeq: 8 });
      const told = node.notices.flatMap((notice) => (notice.notice === 'marker' ? [notice.marker.readSeq] : []));
      expect(told).toEqual([8]);
    });

    test('[MARK-2] beyond the head it is refused', async () => {
      const { world, node } = await begun();
      expect(await marked(world, node, 2)).toMatchObject({ refused: 'marker_beyond_head', details: { uptoSeq: 2, headSeq: 1 } });
    });

    test('[OWN-4] a mark that could not be written is not answered as if it were, and goes through when the disk is healed', async () => {
      const { world, node } = await begun();
      world.store.faults.push('not_applied');
      expect(await marked(world, node, 1)).toBeInstanceOf(StorageFailure);
      expect(await world.store.loadMarker(here, ben)).toBeNull();
      expect(await marked(world, node, 1)).toMatchObject({ readSeq: 1 });
      expect(await world.store.loadMarker(here, ben)).toMatchObject({ readSeq: 1 });
    });

    test.each<Fault>(['lost_answer', 'never_arrived'])(
      '[OWN-3] a mark of unknown outcome (%s) is raised again, and told',
      async (fault) => {
        const { world, node } = await begun();
        world.store.faults.push(fault);
        expect(await marked(world, node, 1)).toMatchObject({ readSeq: 1 });
        expect(await world.store.loadMarker(here, ben)).toMatchObject({ readSeq: 1 });
        expect(node.notices.filter(({ notice }) => notice === 'marker')).toHaveLength(1);
      },
    );

    test('[OWN-3] a mark whose outcome stays unknown is no answer but "later"', async () => {
      const { world, node } = await begun();
      world.store.faults.push(...Array.from({ length: 20 }, () => 'never_arrived' as const));
      expect(await marked(world, node, 1)).toBeInstanceOf(StorageFailure);
    });
  });

  describe('two nodes on one store', () => {
    const step = fc.record({
      client: fc.nat(3),
      node: fc.nat(1),
      count: fc.integer({ min: 1, max: 4 }),
      fault: fc.constantFrom<Fault>('none', 'none', 'none', 'lost_answer', 'never_arrived', 'not_applied', 'unknown_append'),
      settles: fc.boolean(),
    });

    test('[OWN-9] whatever races and fails: nothing acknowledged is lost, nothing doubled, and each device in its order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          const { world, node } = await begun();
          const nodes = [node, world.node(3)];
          // Each client sends what it has in order and, unanswered, sends all of it again; as an outbox does.
          const clients = Array.from({ length: 4 }, (_, index) => ({
            author: index % 2 ? ben : ada,
            device: fixed.id() as DeviceId,
            made: 0,
            waiting: [] as Operation[],
            acknowledged: new Map<number, number>(),
            busy: false,
          }));
          const flights: Promise<void>[] = [];
          const send = (client: (typeof clients)[number], target: Node): void => {
            if (client.busy || client.waiting.length === 0) return;
            client.busy = true;
            const batch = [...client.waiting];
            flights.push(
              target.owners.send(here, batch).then((answers) => {
                client.busy = false;
                for (const [index, answer] of answers.entries()) {
                  const operation = batch[index];
                  if (!operation) throw new Error('more answers than operations');
                  if ('seq' in answer) {
                    client.acknowledged.set(operation.n, answer.seq);
                    client.waiting = client.waiting.filter(({ n }) => n !== operation.n);
                  } else expect(['storage_unavailable', 'too_busy', 'held_back', 'diverged']).toContain(answer.refused);
                }
              }),
            );
          };
          for (const { client: index, node: place, count, fault, settles } of steps) {
            const client = clients[index];
            const target = nodes[place];
            if (!client || !target) throw new Error('no such client or node');
            for (let made = 0; made < count; made++) {
              client.made++;
              client.waiting.push(
                says(client.made, { author: client.author, device: client.device, body: `{"text":"${index} ${client.made}"}` }),
              );
            }
            if (fault !== 'none') world.store.faults.push(fault);
            send(client, target);
            if (settles) await world.environment.settle();
          }
          world.store.faults.length = 0;
          for (let round = 0; clients.some(({ waiting }) => waiting.length > 0); round++) {
            if (round > 50) throw new Error('an outbox does not drain');
            await world.environment.settle();
            for (const [index, client] of clients.entries()) send(client, nodes[(index + round) % 2] ?? node);
          }
          await world.environment.settle();
          await Promise.all(flights);
          const { lines } = await logOf(world);
          for (const [index, { made, acknowledged }] of clients.entries()) {
            const own = lines.filter((line) => line.startsWith(`${index} `));
            expect(own).toEqual(Array.from({ length: made }, (_, n) => `${index} ${n + 1}`));
            for (const [n, seq] of acknowledged) expect(lines[seq - 2]).toBe(`${index} ${n}`);
          }
        }),
        { numRuns: 60 },
      );
    });
  });
});
