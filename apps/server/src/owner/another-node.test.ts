import { genesis, type Operation } from '@parlour/core/conversation-log/entry';
import { isRefusal } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import { openConversationAs } from '../usecases/open-conversation.ts';
import { ConversationOwners } from './conversation-owners.ts';

/** Two nodes over one store that hear nothing of each other. The second remembers the log as it was when it had one entry. */
async function begun() {
  const environment = new ManualEnvironment(1);
  const [conversation, author, other, device] = [environment.id(), environment.id(), environment.id(), environment.id()];
  const here = conversation as ConversationId;
  const store = new MemoryLogStore();
  const node = () =>
    new ConversationOwners({ store, bus: new MemoryBus(), environment, digest16, mintSalt, ownersKeptMax: 100, marksKept: 64, limits });
  const [one, second] = [node(), node()];
  const send = async (n: number, kind: Operation['kind'], body: object) => {
    const common = { conversation: here, author: author as PersonId, device: device as DeviceId, target: null };
    const after = kind === 'create' ? genesis : null;
    const answers = one.send(here, [{ ...common, n: n as OperationNumber, kind, body: JSON.stringify(body), after }]);
    await environment.settle();
    return (await answers)[0];
  };
  expect(await send(1, 'create', { type: 'group', title: 'g', members: [{ person: author, role: 'owner' }] })).toEqual({ seq: 1 });
  expect((await second.view(here)).head.seq).toBe(1);
  expect(await send(2, 'add', { person: other, role: 'member' })).toEqual({ seq: 2 });
  expect(await send(3, 'message', { text: 'hello' })).toEqual({ seq: 3 });
  expect(second.peek(here)?.head.seq).toBe(1);
  return { environment, store, one, second, here, author: author as PersonId, other: other as PersonId };
}

test('[OP-1] nobody is refused because what is remembered is old', async () => {
  const { environment, second, here, other } = await begun();
  const say = async (author: PersonId) => {
    const message = { kind: 'message', target: null, body: JSON.stringify({ text: 'here I am' }), after: null } as const;
    const answers = second.send(here, [
      { ...message, conversation: here, author, device: environment.id() as DeviceId, n: 1 as OperationNumber },
    ]);
    await environment.settle();
    return (await answers)[0];
  };
  expect(await say(other)).toEqual({ seq: 4 });
  expect(await say(environment.id() as PersonId)).toMatchObject({ refused: 'conversation_not_visible' });
});

test('[MARK-2] a mark beyond what is remembered is compared with what is stored before it is refused', async () => {
  const { environment, second, here, author } = await begun();
  const mark = async (readSeq: number) => {
    const answer = second.mark(here, author, { readSeq: readSeq as Seq, receivedSeq: 0 as Seq, told: true });
    await environment.settle();
    return answer;
  };
  expect(await mark(3)).toMatchObject({ readSeq: 3 });
  expect(await mark(4)).toMatchObject({ refused: 'marker_beyond_head' });
});

test('[MARK-1] a mark is decided on what another node has written too, not only on what waits here', async () => {
  const { environment, store, one, second, here, other } = await begun();
  const mark = (node: ConversationOwners, readSeq: number, receivedSeq: number) =>
    node.mark(here, other, { readSeq: readSeq as Seq, receivedSeq: receivedSeq as Seq, told: true });
  const commit = store.commit.bind(store);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  store.commit = async (...of) => {
    await released;
    return commit(...of);
  };
  const received = mark(second, 0, 3);
  await environment.settle();
  store.commit = commit;
  const further = mark(one, 3, 3);
  await environment.settle();
  expect(await further).toMatchObject({ readSeq: 3, readOrd: 1 });
  const older = mark(second, 2, 0);
  await environment.settle();
  release();
  await environment.settle();
  expect(await older).toMatchObject({ readSeq: 3, readOrd: 1 });
  await received;
  expect(await store.loadMarker(here, other)).toMatchObject({ readSeq: 3, readOrd: 1, readMine: 0, receivedSeq: 3 });
});

test('[VIS-1] whoever knows more of a log than is remembered, or was added since, is answered from what is stored', async () => {
  const { second, here, author, other } = await begun();
  const added = await openConversationAs(other, here, second);
  expect(isRefusal(added) ? added.refused : added.visibleHeadSeq).toBe(3);
  const knows = await openConversationAs(author, here, second, 3);
  expect(isRefusal(knows) ? knows.refused : knows.visibleHeadSeq).toBe(3);
  expect(await openConversationAs('0'.repeat(26) as PersonId, here, second)).toMatchObject({ refused: 'conversation_not_visible' });
});

test('[VIS-1] what is remembered of a log is forgotten once it is seen to be longer', async () => {
  const { second, here } = await begun();
  second.learn(here, 1 as Seq);
  expect(second.peek(here)?.head.seq).toBe(1);
  second.learn(here, 3 as Seq);
  expect(second.peek(here)).toBeUndefined();
});
