import type { CancelTimer } from '@parlour/core/environment';
import { errors } from '@parlour/core/errors';
import type { ConversationId, OperationNumber, Seq } from '@parlour/core/ids';
import type { Sent } from '@parlour/protocol/server/sent';
import { askAgainMs } from './connection-state.ts';
import { deviceOf, type LeaderContext } from './leader-context.ts';
import { changeOf, metaChange } from './mirror.ts';
import { inherit, isTooOld, nextBatch, presentOperation, renumber } from './outbox.ts';
import { catchUpOutbox } from './outbox-catch-up.ts';
import { type ClientRefusal, isRefused } from './refusal.ts';
import { findOwn } from './repair.ts';
import { isEntryOf } from './replica.ts';
import { type OutboxItem, outboxKey } from './store.ts';

export type SenderHooks = {
  readonly isPulling: (conversation: ConversationId) => boolean;
  readonly pull: (conversation: ConversationId) => void;
  /** A message left the outbox without an entry being applied. */
  readonly settled: (conversation: ConversationId) => void;
  readonly pullSoon: (conversation: ConversationId) => void;
  /** Something is to go into a conversation that the list does not have. */
  readonly unlisted: (conversation: ConversationId) => void;
  /** The log has this device's numbers under other messages: the store is older than what it has sent. */
  readonly numbersUsedTwice: () => void;
};

type Result = Sent['results'][number];

/** [SDK-21] Empties the outbox: one batch under way per conversation, in the order of the numbers. */
export class Sender {
  readonly #context: LeaderContext;
  readonly #hooks: SenderHooks;
  readonly #flights = new Set<ConversationId>();
  readonly #backoff = new Map<ConversationId, { attempt: number; cancel: CancelTimer | null }>();
  /** Durable on the server, by outbox key; the entry is not yet here. */
  readonly #acknowledged = new Map<string, Seq>();
  /** The operations that wait for a look through the log, by outbox key. */
  readonly #inDoubt = new Set<string>();
  /** Acknowledged at a place that is here; what stands there is being read. */
  readonly #settling = new Set<string>();
  /** Sending begins once the list was compared: only then is it known what the log has. */
  #open = false;
  /** Counts connections: what was under way on an older one has no say any more. */
  #connection = 0;

  constructor(context: LeaderContext, hooks: SenderHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  get isIdle(): boolean {
    return this.#flights.size === 0;
  }

  begin(): void {
    this.#open = true;
    this.flushAll();
  }

  /** The connection is gone: what was under way may or may not have arrived, and goes again under the same ids. */
  reset(): void {
    this.#open = false;
    this.#connection += 1;
    this.#flights.clear();
    this.#acknowledged.clear();
    for (const { cancel } of this.#backoff.values()) cancel?.();
    this.#backoff.clear();
  }

  flushAll(): void {
    for (const conversation of new Set([...this.#context.mirror.outbox.values()].map((item) => item.conversation)))
      this.flush(conversation);
  }

  flush(conversation: ConversationId): void {
    if (!this.#open || this.#flights.has(conversation) || this.#backoff.get(conversation)?.cancel || this.#hooks.isPulling(conversation))
      return;
    if (!this.#context.mirror.rows.has(conversation)) return this.#hooks.unlisted(conversation);
    const waiting = this.#waitingOf(conversation);
    const doubtful = waiting.filter((item) => this.#inDoubt.has(outboxKey(item)));
    if (doubtful.length > 0) return void this.#fly(conversation, () => this.#resolveDoubt(conversation, doubtful));
    const [first] = waiting;
    if (!first || first.error !== null) return;
    if (isTooOld(first, this.#context.environment.now())) return this.#fail(first, 'too_old');
    void this.#fly(conversation, () => this.#sendNext(conversation));
  }

  #waitingOf(conversation: ConversationId): OutboxItem[] {
    const { mirror } = this.#context;
    return mirror
      .outboxOf(conversation)
      .filter((item) => !this.#acknowledged.has(outboxKey(item)) && !this.#settling.has(outboxKey(item)) && !isGivenUp(item));
  }

  /** [SDK-20] Another tab may have taken a lower number and not told of it yet: what goes next is known once the store was read. */
  async #sendNext(conversation: ConversationId): Promise<'on' | 'later'> {
    const connection = this.#connection;
    if (this.#context.sharesStore) await catchUpOutbox(this.#context);
    if (connection !== this.#connection) return 'later';
    const batch = nextBatch(this.#waitingOf(conversation), this.#context.environment.now(), this.#context.limits);
    return batch.length > 0 ? this.#send(conversation, batch) : 'on';
  }

  /** What was acknowledged at a place that is here by now is settled, one way or the other. */
  recheck(conversation: ConversationId): void {
    const { mirror } = this.#context;
    const tail = mirror.tails.get(conversation);
    if (!tail) return;
    for (const item of mirror.outboxOf(conversation)) {
      const seq = this.#acknowledged.get(outboxKey(item));
      if (seq !== undefined && seq <= tail.position.seq) void this.#settle(item, seq);
    }
    this.#forgetSettled();
    this.flush(conversation);
  }

  /** It stands in the log, at the place or before what is held here; or else the server lost it, and it goes again. */
  async #settle(item: OutboxItem, seq: Seq): Promise<void> {
    const { mirror, store, writer } = this.#context;
    const key = outboxKey(item);
    this.#acknowledged.delete(key);
    this.#inDoubt.delete(key);
    this.#settling.add(key);
    await mirror.hold(store, item.conversation, writer.unwritten());
    const tail = mirror.tails.get(item.conversation);
    const entry = mirror.entryAt(item.conversation, seq);
    mirror.release(item.conversation);
    this.#settling.delete(key);
    if (!mirror.outbox.has(key)) return;
    const isLost = tail !== undefined && seq > tail.before.seq && !(entry && isEntryOf(entry, item));
    this.#show(item, null);
    writer.commit([changeOf('outbox', key, isLost ? { ...item, again: true } : null)]);
    if (isLost) this.#retryLater(item.conversation, null);
    else this.#hooks.settled(item.conversation);
  }

  async #fly(conversation: ConversationId, work: () => Promise<'on' | 'later'>): Promise<void> {
    const connection = this.#connection;
    this.#flights.add(conversation);
    const outcome = await work();
    if (connection !== this.#connection) return;
    this.#flights.delete(conversation);
    if (outcome === 'on') {
      this.#backoff.delete(conversation);
      this.recheck(conversation);
    }
  }

  async #send(conversation: ConversationId, batch: readonly OutboxItem[]): Promise<'on' | 'later'> {
    for (const item of batch) this.#show(item, 'sending');
    const connection = this.#connection;
    const predecessor = batch[0]?.heir == null ? {} : { device: batch[0].device };
    const answer = await this.#context.connection.ask({
      kind: 'send',
      conversation,
      ...predecessor,
      operations: batch.map(presentOperation),
    });
    if (connection !== this.#connection) return 'later';
    if (isRefused(answer)) {
      for (const item of batch) this.#show(item, null);
      return this.#takeRefusal(conversation, batch, answer);
    }
    let outcome: 'on' | 'later' = 'on';
    const isExplained = answer.results.some((result) => 'error' in result && result.error !== 'held_back');
    for (const [index, item] of batch.entries()) {
      const result = answer.results.find(({ n }) => n === item.n) ?? answer.results[index];
      // It waits for the one before it, and for no longer than that one does.
      if (isExplained && result && 'error' in result && result.error === 'held_back') {
        this.#show(item, null);
        continue;
      }
      if (result && (await this.#takeResult(conversation, item, result)) === 'later') outcome = 'later';
    }
    return outcome;
  }

  async #takeResult(conversation: ConversationId, item: OutboxItem, result: Result): Promise<'on' | 'later'> {
    const { mirror } = this.#context;
    if ('seq' in result) {
      this.#takeAcknowledged(item, result.seq);
      return 'on';
    }
    this.#show(item, null);
    if (result.error === 'diverged') {
      this.#inDoubt.add(outboxKey(item));
      this.#hooks.pull(conversation);
      return this.#retryLater(conversation, null);
    }
    if (result.error === 'resync') {
      // Whatever was made there or before would be answered the same, and soon after perhaps: one look through the log is for all of them.
      for (const other of mirror.outboxOf(conversation)) this.#inDoubt.add(outboxKey(other));
      return 'on';
    }
    if (result.retryable) return this.#retryLater(conversation, result.retryAfterMs ?? null);
    // [SDK-23] Under that id it never stood there and never will: a later message has overtaken it, or has it.
    if (item.heir !== null && (result.error === 'superseded' || result.error === 'id_reuse')) return this.#inherit(item);
    if (result.error === 'superseded' && item.again) return (await this.#renumber(item)) ? 'on' : this.#retryLater(conversation, null);
    // A device sends in order and never uses a number twice, unless its store went back in time and counted on from there.
    if (result.error === 'superseded' || result.error === 'id_reuse') {
      this.#hooks.numbersUsedTwice();
      return 'later';
    }
    this.#fail(item, result.error);
    return 'on';
  }

  /** It stays until its entry is here. */
  #takeAcknowledged(item: OutboxItem, seq: Seq): void {
    const { mirror } = this.#context;
    if (!mirror.outbox.has(outboxKey(item))) return;
    this.#acknowledged.set(outboxKey(item), seq);
    this.#show(item, 'acknowledged');
    const tail = mirror.tails.get(item.conversation);
    if (!tail || tail.position.seq < seq) this.#hooks.pullSoon(item.conversation);
  }

  /** The whole batch was refused, or no answer came. */
  #takeRefusal(conversation: ConversationId, batch: readonly OutboxItem[], refusal: ClientRefusal): 'on' | 'later' {
    const known = refusal.refused in errors ? errors[refusal.refused as keyof typeof errors] : null;
    const [first] = batch;
    if (refusal.refused === 'device_foreign' && first?.heir != null) return this.#inherit(first);
    if (known && !known.retryable && first) {
      this.#fail(first, refusal.refused);
      return 'on';
    }
    return this.#retryLater(conversation, refusal.retryAfterMs);
  }

  #retryLater(conversation: ConversationId, retryAfterMs: number | null): 'later' {
    if (!this.#open) return 'later';
    const { environment } = this.#context;
    const known = this.#backoff.get(conversation);
    if (known?.cancel) return 'later';
    const attempt = (known?.attempt ?? 0) + 1;
    const afterMs = (retryAfterMs ?? 100) + askAgainMs(attempt, environment.random());
    const cancel = environment.timer(afterMs, () => {
      this.#backoff.set(conversation, { attempt, cancel: null });
      this.flush(conversation);
    });
    this.#backoff.set(conversation, { attempt, cancel });
    return 'later';
  }

  async #resolveDoubt(conversation: ConversationId, doubtful: readonly OutboxItem[]): Promise<'on' | 'later'> {
    const connection = this.#connection;
    // Where the store does not take it, nothing was changed, and it is tried again.
    const found = await findOwn(this.#context, conversation, doubtful).catch(() => null);
    if (connection !== this.#connection) return 'later';
    if (!found) return this.#retryLater(conversation, null);
    for (const item of doubtful) this.#inDoubt.delete(outboxKey(item));
    for (const [item, seq] of found) this.#takeAcknowledged(item, seq);
    return 'on';
  }

  /** [SDK-14] Sent again after the server lost it, and a later one of this device stands there already: it takes its place at the end. */
  async #renumber(item: OutboxItem): Promise<boolean> {
    const { writer, mirror } = this.#context;
    try {
      await writer.transact(async (transaction) => {
        const n = ((((await transaction.get('meta', 'counter')) as OperationNumber | undefined) ?? 0) + 1) as OperationNumber;
        const after = mirror.tails.get(item.conversation)?.position ?? item.after;
        return { result: undefined, changes: [metaChange('counter', n), ...renumber(item, n, after)] };
      });
      return true;
    } catch {
      return false;
    }
  }

  /** [SDK-23] It takes the number that was kept for it. */
  #inherit(item: OutboxItem): 'on' {
    const { mirror, writer } = this.#context;
    if (mirror.outbox.has(outboxKey(item)))
      writer.commit(inherit(item, deviceOf(this.#context), mirror.tails.get(item.conversation)?.position ?? item.after));
    return 'on';
  }

  #fail(item: OutboxItem, error: OutboxItem['error']): void {
    if (!this.#context.mirror.outbox.has(outboxKey(item))) return;
    // What the server had taken, lost and will not have again was done by somebody else meanwhile, or is not to be done any more.
    const isMoot = item.act !== undefined && item.again;
    this.#context.writer.commit([changeOf('outbox', outboxKey(item), isMoot ? null : { ...item, error })]);
  }

  #show(item: OutboxItem, progress: 'sending' | 'acknowledged' | null): void {
    this.#context.shared.setProgress(outboxKey(item), progress);
  }

  #forgetSettled(): void {
    for (const key of [...this.#acknowledged.keys(), ...this.#inDoubt]) {
      if (this.#context.mirror.outbox.has(key)) continue;
      this.#acknowledged.delete(key);
      this.#inDoubt.delete(key);
      this.#context.shared.setProgress(key, null);
    }
  }
}

/** An act that was refused is shown until somebody has seen it, and holds up nothing: what was said after it does not depend on it. */
function isGivenUp({ act, error }: OutboxItem): boolean {
  return act !== undefined && error !== null;
}
