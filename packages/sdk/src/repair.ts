import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { UnpackedRow } from '@parlour/protocol/packed-row';
import type { HeldEntry } from './held-entry.ts';
import { deviceOf, type LeaderContext } from './leader-context.ts';
import { type Change, changeOf } from './mirror.ts';
import { inherit } from './outbox.ts';
import { forgetEntries } from './pulls.ts';
import { isRefused } from './refusal.ts';
import { commonPosition, isEntryOf, lostOperations, positionOf, type Run } from './replica.ts';
import { type HeldRow, type OutboxItem, outboxKey, type Tail } from './store.ts';

/**
 * [SDK-13] The server's log is not the one that is held: it was restored from an older copy. Steps back to what both have; own messages
 * beyond that go again under the same ids ([SDK-14]); the server's line of the list stands.
 * @returns false where the server could not be asked
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
    // Nothing moved in between that makes the two one log again.
    if (common && common.seq === tail.position.seq && fresh.head.seq >= common.seq) return true;
    writer.commit(stepBack(context, { conversation, row, tail, common, fresh }));
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
  const again = lostOperations(lost, { conversation, device, after, at }).filter((item) => !pending.some(({ n }) => n === item.n));
  return [
    ...forgetEntries(conversation, forgotten),
    changeOf('tails', conversation, kept),
    changeOf('rows', conversation, { ...fresh, wish: row.wish && common && row.wish.readSeq <= common.seq ? row.wish : null }),
    ...again.map((item) => changeOf('outbox', outboxKey(item), item)),
    ...pending
      .filter((item) => item.after.seq > after.seq)
      .map((item) => changeOf('outbox', outboxKey(item), { ...item, after, again: true })),
  ];
}

/**
 * [SDK-24] Looks through the log, from where these were made ready to its end, for operations that may stand there already. The others are ready
 * to go from the end of the log, under the number of the new device where theirs was replaced.
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
  for (let more = true; more; ) {
    const answer = await connection.ask({
      kind: 'pull',
      conversation,
      fromSeq: (reached.seq + 1) as Seq,
      untilSeq: (reached.seq + 1 + asked.entriesPerRangeMax) as Seq,
      end: 'first',
      limit: asked.entriesPerRangeMax,
    });
    if (isRefused(answer)) return null;
    for (const item of items) {
      const entry = answer.entries.find((one) => isEntryOf(one, item));
      if (entry) found.set(item, entry.seq);
    }
    const last = answer.entries.at(-1);
    if (last) reached = positionOf(last);
    else reached = answer.head.seq >= reached.seq ? reached : answer.head;
    more = last !== undefined && last.seq < answer.head.seq;
  }
  await writer.transact(async () => ({
    result: undefined,
    changes: items.flatMap((item) => {
      if (found.has(item) || !mirror.outbox.has(outboxKey(item))) return [];
      if (item.heir !== null) return inherit(item, deviceOf(context), reached);
      return [changeOf('outbox', outboxKey(item), { ...item, after: reached })];
    }),
  }));
  return found;
}
