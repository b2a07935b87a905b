import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { UnpackedRow } from '@parlour/protocol/packed-row';
import type { HeldEntry } from './held-entry.ts';
import { deviceOf, type LeaderContext } from './leader-context.ts';
import { type Change, changeOf, metaChange } from './mirror.ts';
import { inherit, renumber } from './outbox.ts';
import { forgetEntries } from './pulls.ts';
import { isRefused } from './refusal.ts';
import { commonPosition, isEntryOf, lostOperations, type Run } from './replica.ts';
import { type HeldRow, type OutboxItem, outboxKey, type Tail } from './store.ts';

/**
 * [SDK-13] The server's log is not the one that is held: it was restored from an older copy. Steps back to what both have; own messages
 * beyond that go again under the same ids ([SDK-14]); the server's line of the list stands.
 * @returns false where the server could not be asked, or what it said was overtaken
 */
export async function repairLog(
  context: LeaderContext,
  conversation: ConversationId,
  lookUp: () => Promise<UnpackedRow | null>,
): Promise<boolean> {
  const { mirror, store, writer } = context;
  await mirror.hold(store, conversation, writer.unwritten());
  try {
    const before = mirror.tails.get(conversation);
    if (!before) return false;
    const server = await loadServerRun(context, conversation, before);
    const fresh = await lookUp();
    const tail = mirror.tails.get(conversation);
    const row = mirror.rows.get(conversation);
    if (!server || !fresh || !tail || !row) return false;
    const entries = mirror.tailEntries(conversation, { fromSeq: 0, untilSeq: tail.position.seq + 1 });
    const common = commonPosition({ tail, entries }, server);
    // What was held when it was asked is of this log, and so is what was pushed since, as it follows that; what the list said beyond may not be.
    const isSame = common !== null && common.seq >= before.position.seq && fresh.head.seq >= common.seq;
    if (isSame && fresh.head.seq < tail.position.seq) return false;
    if (isSame) writer.commit([changeOf('rows', conversation, { ...fresh, wish: wishUpTo(row, fresh.head) })]);
    else writer.commit(stepBack(context, { conversation, row, tail, common, fresh }));
    return true;
  } finally {
    mirror.release(conversation);
  }
}

async function loadServerRun({ connection, limits: asked }: LeaderContext, conversation: ConversationId, tail: Tail): Promise<Run | null> {
  let previous: Position | null = null;
  const entries: HeldEntry[] = [];
  for (let fromSeq = Math.max(1, tail.before.seq); fromSeq <= tail.position.seq; ) {
    const answer = await connection.ask({
      kind: 'pull',
      conversation,
      fromSeq: fromSeq as Seq,
      untilSeq: (tail.position.seq + 1) as Seq,
      end: 'first',
      limit: asked.entriesPerRangeMax,
    });
    if (isRefused(answer)) return null;
    previous ??= answer.previous;
    entries.push(...answer.entries);
    if (answer.entries.length === 0) break;
    fromSeq = answer.untilSeq;
  }
  return previous && { previous, entries };
}

/** What was read, as far as it was on ground that both have. */
function wishUpTo({ wish }: HeldRow, common: Position): HeldRow['wish'] {
  return wish && wish.readSeq <= common.seq ? wish : null;
}

function stepBack(
  context: LeaderContext,
  {
    conversation,
    row,
    tail,
    common,
    fresh,
  }: { conversation: ConversationId; row: HeldRow; tail: Tail; common: Position | null; fresh: UnpackedRow },
): Change[] {
  const { mirror, environment } = context;
  const at = environment.now();
  const device = deviceOf(context);
  // Without common ground the log is taken as the server has it, and what is sent is looked for from its beginning as far as that is allowed.
  const kept: Tail = common ? { before: tail.before, position: common } : { before: fresh.head, position: fresh.head };
  const after = common ?? (fresh.head.seq <= limits.afterDistanceMax ? genesis : fresh.head);
  const forgotten: Tail = { before: common ?? tail.before, position: tail.position };
  const lost = mirror.tailEntries(conversation, { fromSeq: forgotten.before.seq + 1, untilSeq: tail.position.seq + 1 });
  const pending = mirror.outboxOf(conversation);
  const again = lostOperations(lost, { conversation, device, after, at }).filter((item) => !mirror.outbox.has(outboxKey(item)));
  return [
    ...forgetEntries(conversation, forgotten),
    changeOf('tails', conversation, kept),
    changeOf('rows', conversation, { ...fresh, wish: common && wishUpTo(row, common) }),
    ...again.map((item) => changeOf('outbox', outboxKey(item), item)),
    ...pending
      .filter((item) => item.after.seq > after.seq)
      .map((item) => changeOf('outbox', outboxKey(item), { ...item, after, again: true })),
  ];
}

/**
 * [SDK-24] Looks through the log, from where these were made ready to its end, for operations that may stand there already. The others are ready
 * to go from the end of the log: under a new number where a later one of their device stands there, which is the one that was kept for them where
 * their device was replaced.
 * @returns those that stand there, and where; null where the log could not be read now
 */
export async function findOwn(
  context: LeaderContext,
  conversation: ConversationId,
  items: readonly OutboxItem[],
): Promise<ReadonlyMap<OutboxItem, Seq> | null> {
  const { connection, writer, mirror, limits: asked } = context;
  let reached: Position = items.reduce((least, { after }) => (after.seq < least.seq ? after : least), items[0]?.after ?? genesis);
  const found = new Map<OutboxItem, Seq>();
  const lastNumbers = new Map<DeviceId, number>();
  for (let fromSeq = reached.seq + 1, headSeq = fromSeq; fromSeq <= headSeq; ) {
    const untilSeq = fromSeq + asked.entriesPerRangeMax;
    const answer = await connection.ask({
      kind: 'pull',
      conversation,
      fromSeq: fromSeq as Seq,
      untilSeq: untilSeq as Seq,
      end: 'first',
      limit: asked.entriesPerRangeMax,
    });
    if (isRefused(answer)) return null;
    for (const item of items) {
      const entry = answer.entries.find((one) => isEntryOf(one, item));
      if (entry) found.set(item, entry.seq);
    }
    for (const { device, n } of answer.entries) lastNumbers.set(device, Math.max(lastNumbers.get(device) ?? 0, n));
    const last = answer.entries.at(-1);
    // Where there is nothing, it is not ours to see, and more may lie behind it.
    fromSeq = last ? last.seq + 1 : untilSeq;
    headSeq = answer.head.seq;
    reached = answer.head;
  }
  await writer.transact(async (transaction) => {
    let counter = ((await transaction.get('meta', 'counter')) as OperationNumber | undefined) ?? 0;
    const changes: Change[] = [];
    for (const item of items) {
      if (found.has(item) || !mirror.outbox.has(outboxKey(item))) continue;
      const isOvertaken = (lastNumbers.get(item.device) ?? 0) > item.n;
      if (isOvertaken && item.heir !== null) changes.push(...inherit(item, deviceOf(context), reached));
      else if (isOvertaken) changes.push(...renumber(item, ++counter as OperationNumber, reached));
      else changes.push(changeOf('outbox', outboxKey(item), { ...item, after: reached }));
    }
    return { result: undefined, changes: [metaChange('counter', counter as OperationNumber), ...changes] };
  });
  return found;
}
