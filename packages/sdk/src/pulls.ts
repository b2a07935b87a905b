import type { Position } from '@parlour/core/conversation-log/entry';
import type { CancelTimer } from '@parlour/core/environment';
import type { ConversationId, Seq } from '@parlour/core/ids';
import type { Pull } from '@parlour/protocol/client/pull';
import type { EntriesFrame, RangeFrame } from './frame-reading.ts';
import { type LeaderContext, selfOf } from './leader-context.ts';
import { type Change, changeOf } from './mirror.ts';
import { isRefused, type OrRefusal } from './refusal.ts';
import { applyRun, changesReceipts, decideRun, positionOf, type Run } from './replica.ts';
import { entryKey, type HeldRow, type Tail } from './store.ts';
import { decideTrim } from './tail-trim.ts';

/** Pulls under way at once; the others wait. */
const pullsMax = 8;
/** A gap is first given time to fill by itself. */
const gapPatienceMs = 500;
/** After a question that failed while the connection stands (the server is busy, say). */
const retryMs = 2_000;

export type PullHooks = {
  /** What is held and what the server has are not of one log. @returns whether that could be mended */
  readonly repair: (conversation: ConversationId) => Promise<boolean>;
  readonly lookUp: (conversation: ConversationId) => void;
  /** The server's line, taken. @returns whether it could be had */
  readonly refresh: (conversation: ConversationId) => Promise<boolean>;
  /** Nothing more is pulled for this conversation for now. `isAnswered`: what is here is what the server has, or was when it was last heard. */
  readonly settled: (conversation: ConversationId, isAnswered: boolean) => void;
};

/** Keeps the tails at the heads of their logs: takes what is pushed where it fits, and pulls the rest. */
export class Pulls {
  readonly #context: LeaderContext;
  readonly #hooks: PullHooks;
  readonly #waiting = new Set<ConversationId>();
  /** With those that must be pulled again once they end, as something happened meanwhile. */
  readonly #active = new Map<ConversationId, { again: boolean }>();
  readonly #patience = new Map<ConversationId, CancelTimer>();
  readonly #hints = new Map<ConversationId, Position>();
  /** [SDK-13] Those of which what is here, or the list's line, is not of the log that the server has. */
  readonly #astray = new Set<ConversationId>();

  constructor(context: LeaderContext, hooks: PullHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  isBusy(conversation: ConversationId): boolean {
    return this.#active.has(conversation) || this.#waiting.has(conversation);
  }

  get isIdle(): boolean {
    return this.#active.size === 0 && this.#waiting.size === 0 && this.#patience.size === 0;
  }

  want(conversation: ConversationId): void {
    this.#endPatience(conversation);
    const active = this.#active.get(conversation);
    if (active) active.again = true;
    else this.#waiting.add(conversation);
    this.#startMore();
  }

  wantSoon(conversation: ConversationId, afterMs = gapPatienceMs): void {
    if (this.#patience.has(conversation) || this.isBusy(conversation)) return;
    const { environment } = this.#context;
    this.#patience.set(
      conversation,
      environment.timer(afterMs, () => this.want(conversation)),
    );
  }

  /** A pushed run. */
  take({ conversation, previous, entries }: EntriesFrame): void {
    const { mirror } = this.#context;
    const tail = mirror.tails.get(conversation);
    const row = mirror.rows.get(conversation);
    if (!tail || !row) return this.#hooks.lookUp(conversation);
    const decision = decideRun(tail.position, { previous, entries }, (seq) => mirror.entryAt(conversation, seq)?.chain ?? null);
    if (decision.decision === 'apply') this.#apply(conversation, { previous, entries });
    else if (decision.decision === 'diverged') this.want(conversation);
    else if (decision.decision === 'gap') this.#hint(conversation, entries.at(-1));
  }

  takeHead(conversation: ConversationId, head: Position): void {
    const tail = this.#context.mirror.tails.get(conversation);
    if (!tail) return this.#hooks.lookUp(conversation);
    if (head.seq > tail.position.seq) this.#hint(conversation, head);
    else if (head.seq === tail.position.seq && head.chain !== tail.position.chain) this.want(conversation);
  }

  /** A new connection: what was under way was lost with the old one. */
  reset(): void {
    for (const cancel of this.#patience.values()) cancel();
    this.#patience.clear();
    this.#waiting.clear();
  }

  /** [SDK-15] A piece of history for whoever looks; what touches the tail from below is kept with it. */
  async history(range: Omit<Pull, 'kind' | 'id'>): Promise<OrRefusal<RangeFrame>> {
    const answer = await this.#context.connection.ask({ kind: 'pull', ...range });
    if (isRefused(answer)) return answer;
    const tail = this.#context.mirror.tails.get(range.conversation);
    const last = answer.entries.at(-1);
    const fits = tail && last && last.seq === tail.before.seq && last.chain === tail.before.chain;
    const length = tail ? tail.position.seq - tail.before.seq : 0;
    if (fits && length + answer.entries.length <= this.#context.limits.gapMax) {
      this.#context.writer.commit([
        ...answer.entries.map((entry) => changeOf('entries', entryKey(range.conversation, entry.seq), entry)),
        changeOf('tails', range.conversation, { before: answer.previous, position: tail.position }),
      ]);
    }
    return answer;
  }

  #hint(conversation: ConversationId, head: { seq: Seq; chain: Position['chain'] } | undefined): void {
    const known = this.#hints.get(conversation);
    if (head && (!known || head.seq > known.seq)) this.#hints.set(conversation, { seq: head.seq, chain: head.chain });
    this.wantSoon(conversation);
  }

  /** Somebody told of more than is here, and it was not asked for since. */
  #isHinted(conversation: ConversationId): boolean {
    const hint = this.#hints.get(conversation);
    const tail = this.#context.mirror.tails.get(conversation);
    return hint !== undefined && tail !== undefined && hint.seq > tail.position.seq;
  }

  #endPatience(conversation: ConversationId): void {
    this.#patience.get(conversation)?.();
    this.#patience.delete(conversation);
  }

  #startMore(): void {
    for (const conversation of this.#waiting) {
      if (this.#active.size >= pullsMax) return;
      this.#waiting.delete(conversation);
      const active = { again: false };
      this.#active.set(conversation, active);
      void this.#run(conversation, active);
    }
  }

  async #run(conversation: ConversationId, active: { again: boolean }): Promise<void> {
    const outcome = await this.#pull(conversation);
    this.#active.delete(conversation);
    // What was told while the answer was on its way may be newer than that.
    const isMore = active.again || this.#isHinted(conversation);
    if (outcome === 'again' || (outcome === 'done' && isMore)) this.#waiting.add(conversation);
    this.#startMore();
    if (outcome === 'failed' && this.#context.connection.isOnline && this.#context.mirror.tails.has(conversation)) {
      this.wantSoon(conversation, retryMs);
    }
    if (!this.isBusy(conversation)) {
      this.#hooks.settled(conversation, outcome !== 'failed');
      this.#trim(conversation);
    }
  }

  /** One question and what follows from the answer. */
  async #pull(conversation: ConversationId): Promise<'done' | 'again' | 'failed'> {
    const { mirror, connection, writer, limits } = this.#context;
    const tail = mirror.tails.get(conversation);
    const row = mirror.rows.get(conversation);
    if (!tail || !row || !connection.isOnline || !writer.hasRoom) return 'failed';
    if (this.#astray.has(conversation)) {
      if (!(await this.#hooks.repair(conversation))) return 'failed';
      this.#astray.delete(conversation);
    }
    const hint = this.#hints.get(conversation);
    this.#hints.delete(conversation);
    const headSeq = Math.max(row.head.seq, hint?.seq ?? 0);
    if (headSeq - tail.position.seq > limits.gapMax) {
      const isSame = await this.#isOnLog(conversation, tail.position);
      if (isSame === null) return 'failed';
      if (isSame) return this.#jump(conversation, headSeq);
      return (await this.#hooks.repair(conversation)) ? 'again' : 'failed';
    }

    // Judged at the position held before the question: what is pushed meanwhile makes an answer old, not wrong.
    const held = tail.position;
    const answer = await connection.ask({
      kind: 'pull',
      conversation,
      fromSeq: (held.seq + 1) as Seq,
      untilSeq: (held.seq + 1 + limits.entriesPerRangeMax) as Seq,
      end: 'first',
      limit: limits.entriesPerRangeMax,
    });
    if (isRefused(answer)) {
      if (answer.refused === 'conversation_not_visible') this.#hooks.lookUp(conversation);
      return 'failed';
    }
    if (hasDiverged(held, answer)) return (await this.#hooks.repair(conversation)) ? 'again' : 'failed';
    // What lies between is not ours to see: between two stays, say.
    const isHidden = answer.entries.length === 0 && answer.head.seq > held.seq;
    const outcome = isHidden ? await this.#jump(conversation, answer.head.seq) : await this.#takeAnswer(conversation, answer);
    if (outcome !== 'done' || !this.#isBeyond(conversation, answer.head)) return outcome;
    this.#astray.add(conversation);
    return 'again';
  }

  /** The list knows of more than the log has, and of what comes next nothing is here: it was told so before the log went back. */
  #isBeyond(conversation: ConversationId, head: Position): boolean {
    const { rows, tails } = this.#context.mirror;
    const [row, tail] = [rows.get(conversation), tails.get(conversation)];
    return row !== undefined && tail !== undefined && tail.position.seq <= head.seq && head.seq < row.head.seq;
  }

  async #takeAnswer(conversation: ConversationId, answer: RangeFrame): Promise<'done' | 'again' | 'failed'> {
    const { mirror } = this.#context;
    const tail = mirror.tails.get(conversation);
    if (!tail || answer.entries.length === 0) return 'done';
    if (answer.previous.seq > tail.position.seq) {
      const replaced = await this.#replaceTail(conversation, answer);
      if (replaced !== 'done') return replaced;
    } else {
      const decision = decideRun(tail.position, answer, (seq) => mirror.entryAt(conversation, seq)?.chain ?? null);
      if (decision.decision === 'diverged') {
        this.#astray.add(conversation);
        return 'again';
      }
      if (decision.decision === 'apply') this.#apply(conversation, answer);
    }
    return answer.untilSeq <= answer.head.seq ? 'again' : 'done';
  }

  /** Before what is held is left behind: is it of this log? Null: it could not be asked. */
  async #isOnLog(conversation: ConversationId, { seq, chain }: Position): Promise<boolean | null> {
    if (seq === 0) return true;
    const range = { fromSeq: seq, untilSeq: (seq + 1) as Seq, end: 'first', limit: 1 } as const;
    const answer = await this.#context.connection.ask({ kind: 'pull', conversation, ...range });
    if (isRefused(answer)) return null;
    const [entry] = answer.entries;
    // A place that is not ours to see any more cannot be compared.
    return entry === undefined ? answer.head.seq >= seq : entry.chain === chain;
  }

  async #jump(conversation: ConversationId, headSeq: number): Promise<'done' | 'again' | 'failed'> {
    const { tailLengthBegun } = this.#context.limits;
    const answer = await this.#context.connection.ask({
      kind: 'pull',
      conversation,
      fromSeq: Math.max(1, headSeq + 1 - tailLengthBegun) as Seq,
      untilSeq: (headSeq + 1) as Seq,
      end: 'last',
      limit: tailLengthBegun,
    });
    if (isRefused(answer)) {
      if (answer.refused === 'conversation_not_visible') this.#hooks.lookUp(conversation);
      return 'failed';
    }
    const tail = this.#context.mirror.tails.get(conversation);
    const last = answer.entries.at(-1);
    if (!tail) return 'done';
    // The log is not as long as was said: it is compared with what is held, as in any pull.
    if (!last || last.seq <= tail.position.seq) return (await this.#hooks.repair(conversation)) ? 'again' : 'failed';
    return this.#takeAnswer(conversation, answer);
  }

  #apply(conversation: ConversationId, run: Run): void {
    const { mirror, writer, shared } = this.#context;
    const tail = mirror.tails.get(conversation);
    const row = mirror.rows.get(conversation);
    if (!tail || !row || !writer.hasRoom) return;
    const fresh = run.entries.filter((entry) => entry.seq > tail.position.seq);
    writer.commit(applyRun({ row, tail, pending: mirror.outboxOf(conversation), me: selfOf(this.#context) }, fresh));
    if (!this.isBusy(conversation) && !this.#isHinted(conversation)) this.#endPatience(conversation);
    for (const { author } of fresh) shared.endTyping(conversation, author);
    this.#context.applied(conversation, fresh);
    if (isOfAnotherLog(row, [tail.position, ...fresh])) {
      this.#astray.add(conversation);
      this.want(conversation);
    }
    if (changesReceipts(row, fresh, selfOf(this.#context))) this.#hooks.lookUp(conversation);
    if (!this.isBusy(conversation)) {
      this.#hooks.settled(conversation, true);
      this.#trim(conversation);
    }
  }

  /** The tail begins anew with this run; what was held before it is forgotten, it can be paged. 'again': something came meanwhile. */
  async #replaceTail(conversation: ConversationId, run: Run): Promise<'done' | 'again' | 'failed'> {
    const { mirror, writer } = this.#context;
    const places = [run.previous, ...run.entries];
    const isKnown = (row: HeldRow | undefined) => row !== undefined && row.head.seq >= run.previous.seq && !isOfAnotherLog(row, places);
    // What lies between is not counted here, so the line must know of it before.
    if (!isKnown(mirror.rows.get(conversation)) && !(await this.#hooks.refresh(conversation))) return 'failed';
    const tail = mirror.tails.get(conversation);
    const row = mirror.rows.get(conversation);
    const first = run.entries[0];
    if (!tail || !row || !first) return 'failed';
    if (isOfAnotherLog(row, places)) this.#astray.add(conversation);
    if (!isKnown(row) || tail.position.seq >= run.previous.seq) return 'again';
    const empty: Tail = { before: run.previous, position: run.previous };
    writer.commit([
      ...forgetEntries(conversation, tail),
      ...applyRun({ row, tail: empty, pending: mirror.outboxOf(conversation), me: selfOf(this.#context) }, run.entries),
    ]);
    this.#context.applied(conversation, run.entries);
    if (changesReceipts(row, run.entries, selfOf(this.#context))) this.#hooks.lookUp(conversation);
    return 'done';
  }

  #trim(conversation: ConversationId): void {
    const { mirror, store, writer, limits } = this.#context;
    const tail = mirror.tails.get(conversation);
    if (!tail || decideTrim(tail, limits) === null) return;
    void (async () => {
      await mirror.hold(store, conversation, writer.unwritten());
      const now = mirror.tails.get(conversation);
      const seq = now ? decideTrim(now, limits) : null;
      const entry = seq === null ? null : mirror.entryAt(conversation, seq);
      if (now && entry) {
        const before = positionOf(entry);
        writer.commit([
          ...forgetEntries(conversation, { before: now.before, position: before }),
          changeOf('tails', conversation, { before, position: now.position }),
        ]);
      }
      mirror.release(conversation);
    })();
  }
}

/** Whether the line stands at one of these places, under another chain. */
function isOfAnotherLog({ head }: HeldRow, places: readonly Position[]): boolean {
  return places.some(({ seq, chain }) => seq === head.seq && chain !== head.chain);
}

/** The changes that forget the entries of a tail. */
export function forgetEntries(conversation: ConversationId, { before, position }: Tail): Change[] {
  const changes: Change[] = [];
  for (let seq = before.seq + 1; seq <= position.seq; seq++) changes.push(changeOf('entries', entryKey(conversation, seq), null));
  return changes;
}

/** [SDK-13] A head lower than what was held, or another chain at the same place, is another log. */
export function hasDiverged(held: Position, { previous, head }: { readonly previous: Position; readonly head: Position }): boolean {
  if (head.seq < held.seq) return true;
  if (head.seq === held.seq) return head.chain !== held.chain;
  return previous.seq === held.seq && previous.chain !== held.chain;
}
