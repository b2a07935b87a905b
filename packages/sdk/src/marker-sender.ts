import type { CancelTimer } from '@parlour/core/environment';
import type { ConversationId, MessageCount, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ReceivedFrame } from './frame-reading.ts';
import { type LeaderContext, selfOf } from './leader-context.ts';
import { changeOf } from './mirror.ts';
import { laterReceipt } from './replica.ts';
import type { HeldRow, ReadWish } from './store.ts';

/** Between two marks of one conversation. */
const markEveryMs = 1_000;

/** [SDK-17] Tells how far was read and received: at most once a second for a conversation, the furthest only. */
export class MarkerSender {
  readonly #context: LeaderContext;
  readonly #resting = new Map<ConversationId, CancelTimer>();
  readonly #waiting = new Set<ConversationId>();
  /** The furthest that was told on this connection. */
  readonly #told = new Map<ConversationId, { readSeq: Seq; receivedSeq: Seq }>();
  /** Read, but the counts there are not at hand: the server has them. */
  readonly #unplaced = new Map<ConversationId, Seq>();
  #open = false;

  constructor(context: LeaderContext) {
    this.#context = context;
  }

  begin(): void {
    this.#open = true;
    for (const row of this.#context.mirror.rows.values()) this.tell(row.conversation);
  }

  reset(): void {
    this.#open = false;
    for (const cancel of this.#resting.values()) cancel();
    this.#resting.clear();
    this.#waiting.clear();
    this.#told.clear();
  }

  /** The server could not take a mark, of this conversation or (null) of one it did not name: what it has not confirmed is told again. */
  refused(conversation: ConversationId | null, retryAfterMs: number): void {
    for (const told of conversation ? [conversation] : [...this.#told.keys()]) {
      this.#told.delete(told);
      this.#resting.get(told)?.();
      this.#waiting.add(told);
      this.#rest(told, Math.max(markEveryMs, retryAfterMs));
    }
  }

  /** The server did not take it, and would not if it were told again now; where the conversation begins again, it is told with what comes next. */
  forgetTold(conversation: ConversationId): void {
    this.#told.delete(conversation);
  }

  /** The server's marker is behind what it was told. */
  tellAgain(conversation: ConversationId): void {
    this.#told.delete(conversation);
    this.tell(conversation);
  }

  /** Kept on the device at once, told when the server is reached. A place whose counts are not at hand is told, and shown when confirmed. */
  async markRead(conversation: ConversationId, wished: Seq): Promise<void> {
    const { mirror, store, writer } = this.#context;
    const held = mirror.rows.get(conversation);
    if (!held) return;
    const readSeq = Math.min(wished, mirror.tails.get(conversation)?.position.seq ?? wished) as Seq;
    if (readSeq <= Math.max(held.readSeq, held.wish?.readSeq ?? 0)) return;
    await mirror.hold(store, conversation, writer.unwritten());
    const row = mirror.rows.get(conversation);
    const wish = row ? this.#wishAt(row, readSeq) : null;
    mirror.release(conversation);
    if (!row || readSeq <= Math.max(row.readSeq, row.wish?.readSeq ?? 0)) return;
    if (wish) writer.commit([changeOf('rows', conversation, { ...row, wish })]);
    else this.#unplaced.set(conversation, readSeq);
    this.tell(conversation);
  }

  /** What another tab showed as read. @returns whether the server's line must be looked up for it */
  keep(conversation: ConversationId, mark: ReadWish): boolean {
    const { mirror, writer } = this.#context;
    if (!mirror.keepMark(conversation, mark)) return false;
    const row = mirror.rows.get(conversation);
    if (row) writer.commit([changeOf('rows', conversation, row)]);
    this.tell(conversation);
    return !row || row.isUnsure === true;
  }

  tell(conversation: ConversationId): void {
    const row = this.#context.mirror.rows.get(conversation);
    const tail = this.#context.mirror.tails.get(conversation);
    if (!this.#open || !row || !tail) return;
    const told = this.#told.get(conversation);
    const wishedSeq = Math.max(row.wish?.readSeq ?? 0, this.#unplaced.get(conversation) ?? 0);
    const readSeq = Math.min(wishedSeq, tail.position.seq) as Seq;
    const receivedSeq = (row.memberCount <= limits.receiptMembersMax ? tail.position.seq : 0) as Seq;
    const readMoves = readSeq > Math.max(row.readSeq, told?.readSeq ?? 0);
    const receivedMoves = receivedSeq > Math.max(row.receivedSeq, told?.receivedSeq ?? 0) && row.last?.author !== selfOf(this.#context);
    if (!readMoves && !receivedMoves) return;
    if (this.#resting.has(conversation)) {
      this.#waiting.add(conversation);
      return;
    }
    const said = { readSeq: readMoves ? readSeq : (0 as Seq), receivedSeq: receivedMoves ? receivedSeq : (0 as Seq) };
    if (!this.#context.connection.say({ kind: 'mark', conversation, ...said })) return;
    this.#told.set(conversation, {
      readSeq: Math.max(said.readSeq, told?.readSeq ?? 0) as Seq,
      receivedSeq: Math.max(said.receivedSeq, told?.receivedSeq ?? 0) as Seq,
    });
    this.#rest(conversation);
  }

  /** Another member's marker, or one's own as the server has it. @returns whether the server's line must be looked up for it */
  take(frame: Extract<ReceivedFrame, { kind: 'marker' }>): boolean {
    const { mirror, writer } = this.#context;
    const row = mirror.rows.get(frame.conversation);
    // Perhaps all that came of a conversation that somebody just began.
    if (!row) return true;
    const { person, readSeq, receivedSeq, readAt, readOrd, readMine } = frame;
    const changed =
      person === selfOf(this.#context)
        ? ownMarker(row, { readSeq, receivedSeq, readOrd, readMine })
        : withReceipt(row, { person, readSeq, receivedSeq, ...(readAt === undefined ? {} : { readAt }) });
    writer.commit([changeOf('rows', frame.conversation, changed)]);
    if (changed.readSeq >= (this.#unplaced.get(frame.conversation) ?? 0)) this.#unplaced.delete(frame.conversation);
    return changed.isUnsure === true && !row.isUnsure;
  }

  #rest(conversation: ConversationId, forMs: number = markEveryMs): void {
    const cancel = this.#context.environment.timer(forMs, () => {
      this.#resting.delete(conversation);
      if (this.#waiting.delete(conversation)) this.tell(conversation);
    });
    this.#resting.set(conversation, cancel);
  }

  /** The counts at a place of the tail. Own messages are told from the newest: what comes after the place is subtracted. */
  #wishAt(row: HeldRow, readSeq: Seq): ReadWish | null {
    const { mirror } = this.#context;
    const self = selfOf(this.#context);
    if (readSeq === row.head.seq) return { readSeq, readOrd: row.ord, readMine: row.mine };
    const after = mirror.tailEntries(row.conversation, { fromSeq: readSeq, untilSeq: row.head.seq + 1 });
    const [entry] = after;
    // The list may know of entries that are not here yet: then what comes after the place cannot be counted.
    if (entry?.seq !== readSeq || after.at(-1)?.seq !== row.head.seq) return null;
    const mineAfter = after.slice(1).filter(({ kind, author }) => kind === 'message' && author === self).length;
    return { readSeq, readOrd: entry.ord, readMine: (row.mine - mineAfter) as MessageCount };
  }
}

function ownMarker(
  row: HeldRow,
  {
    readSeq,
    receivedSeq,
    readOrd,
    readMine,
  }: { readSeq: Seq; receivedSeq: Seq; readOrd: MessageCount | undefined; readMine: MessageCount | undefined },
): HeldRow {
  const received = { ...row, receivedSeq: Math.max(row.receivedSeq, receivedSeq) as Seq };
  if (readSeq <= row.readSeq || readOrd === undefined || readMine === undefined) return received;
  const wish = row.wish && row.wish.readSeq > readSeq ? row.wish : null;
  // It lies beyond all that is known of the log here: a line that is under way may be older than that.
  return { ...received, readSeq, readOrd, readMine, wish, ...(readSeq > row.head.seq ? { isUnsure: true } : {}) };
}

/** Of somebody who is not waited for nothing is kept: whoever came comes with their entry, and whoever went is told of no more. */
function withReceipt(row: HeldRow, receipt: HeldRow['receipts'][number]): HeldRow {
  return { ...row, receipts: row.receipts.map((held) => (held.person === receipt.person ? laterReceipt(held, receipt) : held)) };
}
