import { type Entry, genesis, type Operation, type Position } from '@parlour/core/conversation-log/entry';
import { StorageFailure } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import { ConversationOwners, type StoreLoss } from './conversation-owners.ts';
import { FaultyLogStore } from './faulty-log-store.contract.ts';

/** A conversation of two, with three messages and a mark at the second; and how the store is replaced by one that has the first message only. */
async function begun() {
  const environment = new ManualEnvironment(1);
  const [conversation, author, other, device] = [environment.id(), environment.id(), environment.id(), environment.id()];
  const memory = new MemoryLogStore();
  const store = new FaultyLogStore(memory);
  const owners = new ConversationOwners({
    store,
    bus: new MemoryBus(),
    environment,
    digest16,
    mintSalt,
    ownersKeptMax: 100,
    marksKept: 64,
    limits,
  });
  const here = conversation as ConversationId;
  const send = async (n: number, kind: Operation['kind'], body: object, after: Position | null) => {
    const common = { conversation: here, author: author as PersonId, device: device as DeviceId, target: null };
    const answers = owners.send(here, [{ ...common, n: n as OperationNumber, kind, body: JSON.stringify(body), after }]);
    await environment.settle();
    return (await answers)[0];
  };
  const say = async (n: number, after: Position) => send(n, 'message', { text: `message ${n}` }, after);
  const mark = (readSeq: number) =>
    owners
      .mark(here, other as PersonId, { readSeq: readSeq as Seq, receivedSeq: 0 as Seq, told: true })
      .catch((failure: unknown) => failure);
  const settled = async <Result>(answer: Promise<Result>): Promise<Result> => {
    await environment.settle();
    return answer;
  };
  const head = async () => (await owners.view(here)).head;
  const members = [author, other].map((person) => ({ person, role: 'member' }));
  expect(await send(1, 'create', { type: 'direct', members }, genesis)).toEqual({ seq: 1 });
  expect(await say(2, await head())).toEqual({ seq: 2 });
  const older = memory.copy();
  const olderHead = await head();
  expect(await say(3, await head())).toEqual({ seq: 3 });
  expect(await say(4, await head())).toEqual({ seq: 4 });
  expect(await settled(mark(3))).toMatchObject({ readSeq: 3 });
  const goBack = (loss: StoreLoss = 'every_connection') => {
    store.replaceBy(older);
    owners.storeLost(loss);
  };
  const markStored = () => older.loadMarker(here, other as PersonId);
  return { environment, store, owners, here, say, mark, settled, olderHead, goBack, markStored };
}

test('what is remembered of a log counts no more once another server may answer for the store', async () => {
  const { owners, here, say, olderHead, goBack } = await begun();
  goBack();
  expect(owners.peek(here)).toBeUndefined();
  expect((await owners.view(here)).head).toEqual(olderHead);
  // Sent again, it is taken anew, in place of being recognised as what is gone.
  expect(await say(3, olderHead)).toEqual({ seq: 3 });
});

test('a mark beyond what is left of the log is refused, and one that is remembered and gone is written again', async () => {
  const { mark, settled, goBack, markStored } = await begun();
  goBack();
  expect(await settled(mark(4))).toMatchObject({ refused: 'marker_beyond_head' });
  expect(await settled(mark(2))).toMatchObject({ readSeq: 2, readOrd: 1 });
  expect(await markStored()).toMatchObject({ readSeq: 2, readOrd: 1 });
});

test('a mark whose outcome is unknown is not raised again in a store that may lack what it was decided on', async () => {
  const { environment, store, say, mark, settled, olderHead, goBack, markStored } = await begun();
  goBack();
  expect(await say(3, olderHead)).toEqual({ seq: 3 });
  store.faults.push('never_arrived');
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  store.before = () => lost;
  const marked = mark(3);
  await environment.settle();
  goBack();
  lose();
  expect(await settled(marked)).toBeInstanceOf(StorageFailure);
  expect(store.faults).toEqual([]);
  expect((await markStored())?.readSeq).not.toBe(3);
});

test('a mark that waits behind another commit is not written into a store that may lack what it was decided on', async () => {
  const { environment, store, say, mark, settled, olderHead, goBack, markStored } = await begun();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  store.before = () => released;
  store.faults.push('never_arrived');
  const said = say(5, olderHead);
  await environment.settle();
  const marked = mark(4);
  await environment.settle();
  goBack();
  release();
  expect(await settled(marked)).toBeInstanceOf(StorageFailure);
  expect(await said).toEqual({ seq: 3 });
  expect(await markStored()).toBeNull();
});

test('a log that was being loaded meanwhile is loaded once more', async () => {
  const { environment, store, owners, here, olderHead, goBack } = await begun();
  owners.storeLost('a_connection');
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const newer = await store.loadLog(here);
  const load = store.loadLog.bind(store);
  store.loadLog = async () => {
    store.loadLog = load;
    await released;
    return newer;
  };
  const viewed = owners.view(here);
  await environment.settle();
  goBack();
  release();
  expect((await viewed).head).toEqual(olderHead);
  expect(owners.peek(here)?.head).toEqual(olderHead);
});

test('what is heard of an append that came with what is gone is read in the store, and not taken for what it holds', async () => {
  const { environment, store, owners, here, olderHead, goBack } = await begun();
  const [gone] = (await store.loadRange(here, { fromSeq: 3 as Seq, untilSeq: 4 as Seq })) as Entry[];
  if (!gone) throw new Error('three messages were sent');
  goBack();
  expect((await owners.view(here)).head).toEqual(olderHead);
  owners.hear(here, olderHead, [gone]);
  expect((await owners.view(here)).head).toEqual(olderHead);
  await environment.advance(60_000);
  owners.hear(here, olderHead, [gone]);
  expect(owners.peek(here)?.head.seq).toBe(3);
});

test('where a connection is lost by itself, what is heard of an append is remembered at once', async () => {
  const { store, owners, here, olderHead, goBack } = await begun();
  const [next] = (await store.loadRange(here, { fromSeq: 3 as Seq, untilSeq: 4 as Seq })) as Entry[];
  if (!next) throw new Error('three messages were sent');
  goBack('a_connection');
  expect((await owners.view(here)).head).toEqual(olderHead);
  owners.hear(here, olderHead, [next]);
  expect(owners.peek(here)?.head.seq).toBe(3);
});
