import { genesis, type Operation } from '@parlour/core/conversation-log/entry';
import { StorageFailure } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import type { Notice } from '../ports/bus.ts';
import { ConversationOwners } from './conversation-owners.ts';
import { FaultyLogStore } from './faulty-log-store.contract.ts';

/** One node, and a conversation of two in it. */
async function begun() {
  const environment = new ManualEnvironment(1);
  const [conversation, author, other, device] = [environment.id(), environment.id(), environment.id(), environment.id()];
  const store = new FaultyLogStore(new MemoryLogStore());
  const bus = new MemoryBus();
  const notices: Notice[] = [];
  bus.subscribe((notice) => void notices.push(notice));
  const owners = new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax: 100, marksKept: 64, limits });
  const here = conversation as ConversationId;
  const send = async (n: number, kind: Operation['kind'], body: object) => {
    const common = { conversation: here, author: author as PersonId, device: device as DeviceId, target: null };
    const after = kind === 'create' ? genesis : null;
    const answers = owners.send(here, [{ ...common, n: n as OperationNumber, kind, body: JSON.stringify(body), after }]);
    await environment.settle();
    return (await answers)[0];
  };
  const mark = async (readSeq: number) => {
    const wish = { readSeq: readSeq as Seq, receivedSeq: 0 as Seq, told: true };
    const answer = owners.mark(here, other as PersonId, wish).catch((failure: unknown) => failure);
    await environment.settle();
    return answer;
  };
  const members = [author, other].map((person) => ({ person, role: 'member' }));
  expect(await send(1, 'create', { type: 'direct', members })).toEqual({ seq: 1 });
  return { environment, store, notices, owners, here, send, mark };
}

test('[OWN-8] a head that is not remembered when its time comes is read, and told all the same', async () => {
  const { environment, store, notices, owners, here, send } = await begun();
  await environment.advance(60_000);
  expect(await send(2, 'message', { text: 'hello' })).toEqual({ seq: 2 });
  notices.length = 0;
  // What follows fails, and the owner forgets what it knew.
  store.full = true;
  expect(await send(3, 'message', { text: 'not now' })).toMatchObject({ refused: 'storage_unavailable' });
  store.full = false;
  expect(owners.peek(here)).toBeUndefined();
  await environment.advance(1_100);
  expect(notices).toContainEqual(expect.objectContaining({ notice: 'head', head: expect.objectContaining({ seq: 2 }) }));
});

test('[OWN-3] a mark that was written, and refused all the same, is told when it is made again', async () => {
  const { store, notices, mark } = await begun();
  store.faults.push('lost_answer', 'not_applied');
  const told = () => notices.filter(({ notice }) => notice === 'marker').length;
  expect(await mark(1)).toBeInstanceOf(StorageFailure);
  expect(told()).toBe(0);
  expect(await mark(1)).toMatchObject({ readSeq: 1 });
  expect(told()).toBe(1);
  expect(await mark(1)).toMatchObject({ readSeq: 1 });
  expect(told()).toBe(1);
});

test('[OWN-3] a mark that was written, and refused all the same, is told without being made again once it can be read', async () => {
  const { environment, store, notices, mark } = await begun();
  store.faults.push('lost_answer', 'not_applied');
  const told = () => notices.filter(({ notice }) => notice === 'marker').length;
  expect(await mark(1)).toBeInstanceOf(StorageFailure);
  store.unreadable = true;
  await environment.advance(30_000);
  expect(told()).toBe(0);
  store.unreadable = false;
  await environment.advance(20_000);
  expect(told()).toBe(1);
});

test('[OWN-8] an entry that was written, and refused as nobody could read whether it was, is told of once that can be read', async () => {
  const { environment, store, notices, send } = await begun();
  await environment.advance(60_000);
  notices.length = 0;
  store.faults.push('lost_answer');
  store.unreadable = true;
  expect(await send(2, 'message', { text: 'hello' })).toMatchObject({ refused: 'storage_unavailable' });
  expect(notices).toEqual([]);
  store.unreadable = false;
  await environment.advance(20_000);
  expect(notices).toContainEqual(expect.objectContaining({ notice: 'head', head: expect.objectContaining({ seq: 2 }) }));
});
