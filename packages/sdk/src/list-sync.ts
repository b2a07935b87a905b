import { genesis } from '@parlour/core/conversation-log/entry';
import type { ConversationId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { digestGroupOf, syncDigestOf } from '@parlour/core/sync-digest';
import type { List } from '@parlour/protocol/client/list';
import type { UnpackedRow } from '@parlour/protocol/packed-row';
import type { UnpackedListed, UnpackedSynced } from '@parlour/protocol/unpacked-frame';
import { presentPerson } from './account.ts';
import type { LeaderContext } from './leader-context.ts';
import { type Change, changeOf } from './mirror.ts';
import { forgetEntries } from './pulls.ts';
import { isRefused, type OrRefusal } from './refusal.ts';
import { mergeRow } from './replica.ts';
import { type HeldRow, outboxKey } from './store.ts';

const syncEveryMs = 300_000;
const retryMs = 2_000;
const lookUpsMax = 64;

export type ListHooks = {
  readonly pull: (conversation: ConversationId) => void;
  /** The conversation was unknown here until now; something may have been said in it all the same. */
  readonly appeared: (conversation: ConversationId) => void;
  readonly registersAt: (ver: UnpackedSynced['registersVer'], sum: number) => void;
  readonly synced: () => void;
  /** The server's marker is behind ours: it must be told again. */
  readonly markerBehind: (conversation: ConversationId) => void;
  /** Those who said what stands last in groups; the list names them. */
  readonly named: (people: readonly PersonId[]) => void;
};

/** [SDK-16] Keeps the list of conversations: sums are compared, and only what differs is told. */
export class ListSync {
  readonly #context: LeaderContext;
  readonly #hooks: ListHooks;
  #syncing = false;
  #again = false;
  /** Which connection this is; what an older one answers is still true, but nothing follows from it. */
  #connection = 0;
  #cancelNext = () => {};
  readonly #lookUps = new Set<ConversationId>();
  #lookingUp = false;

  constructor(context: LeaderContext, hooks: ListHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  get isIdle(): boolean {
    return !this.#syncing && !this.#lookingUp && this.#lookUps.size === 0;
  }

  reset(): void {
    this.#connection += 1;
    this.#syncing = false;
    this.#again = false;
    this.#lookingUp = false;
    this.#lookUps.clear();
    this.#cancelNext();
  }

  /** Compares now; once more, if it was asked for while one comparison was under way. */
  sync(): void {
    if (this.#syncing) this.#again = true;
    else void this.#sync();
  }

  /** The server's line of one conversation, soon, together with others. */
  lookUp(conversation: ConversationId): void {
    this.#lookUps.add(conversation);
    this.#context.environment.endOfTurn(() => void this.#lookUpAll());
  }

  /** Whether it is there, and ours to see. */
  async find(conversation: ConversationId): Promise<OrRefusal<boolean>> {
    const answer = await this.#context.connection.ask({ kind: 'look_up', conversations: [conversation] });
    if (isRefused(answer)) return answer;
    this.take(answer.rows);
    return answer.rows.length > 0;
  }

  /** The server's line of one conversation, not merged. Null: it cannot be had now, or is not ours to see. */
  async load(conversation: ConversationId): Promise<UnpackedRow | null> {
    const answer = await this.#context.connection.ask({ kind: 'look_up', conversations: [conversation] });
    return isRefused(answer) ? null : (answer.rows[0] ?? null);
  }

  /** The server's line of one conversation, now. @returns whether it could be had */
  async refresh(conversation: ConversationId): Promise<boolean> {
    const row = await this.load(conversation);
    if (row) this.take([row]);
    return row !== null;
  }

  /**
   * @param isAnswer to a question for just these. A conversation that is unknown here began while this client was connected: its entries are pulled
   * from the first on, so that a bot hears all of them. And what came of one before it was asked for is in the answer.
   */
  take(rows: readonly UnpackedRow[], isAnswer = false): void {
    const { mirror, writer, limits: kept } = this.#context;
    const changes: Change[] = [];
    const behind: ConversationId[] = [];
    const markersBehind: ConversationId[] = [];
    const appeared: ConversationId[] = [];
    for (const fresh of rows) {
      const held = mirror.rows.get(fresh.conversation);
      const isFinal = isAnswer && !this.#lookUps.has(fresh.conversation);
      const row = mirror.marked(mergeRow(held, fresh, isFinal));
      changes.push(changeOf('rows', fresh.conversation, row));
      if (!held) appeared.push(fresh.conversation);
      if (fresh.peer) changes.push(changeOf('people', fresh.peer.id, presentPerson(fresh.peer)));
      const tail = mirror.tails.get(fresh.conversation);
      const fromFirst = isAnswer && fresh.firstSeq === 1 && fresh.head.seq <= kept.gapMax;
      const start = fromFirst ? genesis : fresh.head;
      if (!tail) changes.push(changeOf('tails', fresh.conversation, { before: start, position: start }));
      if (!tail && fromFirst) behind.push(fresh.conversation);
      else if (!tail) continue;
      else if (tail.position.seq !== fresh.head.seq || tail.position.chain !== fresh.head.chain) behind.push(fresh.conversation);
      if (held && held.readSeq > fresh.readSeq) markersBehind.push(fresh.conversation);
    }
    writer.commit(changes);
    for (const conversation of markersBehind) this.#hooks.markerBehind(conversation);
    for (const conversation of behind) this.#hooks.pull(conversation);
    for (const conversation of appeared) this.#hooks.appeared(conversation);
    this.#hooks.named(rows.flatMap(({ type, last }) => (type === 'group' && last ? [last.author] : [])));
  }

  /**
   * [SDK-13] It is not there any more, or not ours to see. What waits to be sent into it cannot go, and says so: its line stays until the last of
   * that was given up, or nobody would find it. Where the device has lost that, a bare one stands in for it.
   */
  forget(conversation: ConversationId): void {
    const { mirror, writer } = this.#context;
    const tail = mirror.tails.get(conversation);
    const pending = mirror.outboxOf(conversation);
    if (pending.length > 0) {
      const row = mirror.rows.get(conversation) ?? bareRow(conversation);
      const { before, position } = tail ?? { before: genesis, position: genesis };
      return writer.commit([
        ...pending.map((item) => changeOf('outbox', outboxKey(item), { ...item, error: 'conversation_not_visible' as const })),
        // Of a log that is not there nothing is missing.
        changeOf('rows', conversation, { ...row, head: position, wish: null }),
        changeOf('tails', conversation, { before, position }),
      ]);
    }
    writer.commit([
      changeOf('rows', conversation, null),
      changeOf('tails', conversation, null),
      ...(tail ? forgetEntries(conversation, tail) : []),
    ]);
  }

  async #sync(): Promise<void> {
    const connection = this.#connection;
    const { mirror } = this.#context;
    this.#syncing = true;
    this.#cancelNext();
    const held = this.#mostRecent();
    const digest = syncDigestOf(held.map((row) => digestRow(row, mirror.tails.get(row.conversation)?.position ?? row.head)));
    const answer = await this.#context.connection.ask({
      kind: 'sync',
      digest: [...digest],
      registersVer: mirror.meta.registers_ver ?? zero,
    });
    if (connection !== this.#connection) return;
    this.#syncing = false;
    if (isRefused(answer)) return this.#syncAfter(answer.retryAfterMs ?? retryMs);
    this.take(answer.rows);
    this.#lookUpUnanswered(held, answer);
    // Equal sums say nothing of these, and the answer may have been lost with the connection before, or with the leader.
    for (const row of mirror.rows.values()) if (row.isUnsure || isOfBefore(row)) this.lookUp(row.conversation);
    for (const { conversation } of held) if (this.#isBehind(conversation)) this.#hooks.pull(conversation);
    this.#hooks.registersAt(answer.registersVer, answer.registersSum);
    this.#hooks.synced();
    if (mirror.rows.size < answer.conversationCount) void this.#pageOlder(connection, answer.conversationCount);
    if (this.#again) {
      this.#again = false;
      void this.#sync();
    } else this.#syncAfter(syncEveryMs);
  }

  #syncAfter(afterMs: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#context.environment.timer(afterMs, () => this.sync());
  }

  /** The list knows of more than is here, since before this connection perhaps. */
  #isBehind(conversation: ConversationId): boolean {
    const { rows, tails } = this.#context.mirror;
    const [row, tail] = [rows.get(conversation), tails.get(conversation)];
    return row !== undefined && tail !== undefined && row.head.seq > tail.position.seq;
  }

  #mostRecent(): HeldRow[] {
    return [...this.#context.mirror.rows.values()].sort(byActivity).slice(0, limits.conversationsInDigestMax);
  }

  /** Of a group that differs, what the server does not name is either old there, or gone. */
  #lookUpUnanswered(held: readonly HeldRow[], { groups, rows }: UnpackedSynced): void {
    const named = new Set(rows.map(({ conversation }) => conversation));
    for (const { conversation } of held) {
      if (groups.includes(digestGroupOf(conversation)) && !named.has(conversation)) this.lookUp(conversation);
    }
  }

  async #lookUpAll(): Promise<void> {
    if (this.#lookingUp || this.#lookUps.size === 0 || !this.#context.connection.isOnline) return;
    const connection = this.#connection;
    this.#lookingUp = true;
    while (this.#lookUps.size > 0 && connection === this.#connection) {
      const conversations = [...this.#lookUps].slice(0, lookUpsMax);
      // What is told of one of them from now on may be newer than the answer: then it is looked up once more.
      for (const conversation of conversations) this.#lookUps.delete(conversation);
      const answer = await this.#context.connection.ask({ kind: 'look_up', conversations });
      if (connection !== this.#connection) return;
      if (isRefused(answer)) {
        for (const conversation of conversations) this.#lookUps.add(conversation);
        this.#context.environment.timer(answer.retryAfterMs ?? retryMs, () => void this.#lookUpAll());
        break;
      }
      this.take(answer.rows, true);
      const named = new Set(answer.rows.map((row) => row.conversation));
      for (const conversation of conversations) if (!named.has(conversation)) await this.#reopenOrForget(conversation);
    }
    if (connection === this.#connection) this.#lookingUp = false;
  }

  /** [SDK-13] A direct conversation that the server does not know was lost with its past: it begins again, and what is ours goes again. */
  async #reopenOrForget(conversation: ConversationId): Promise<void> {
    const row = this.#context.mirror.rows.get(conversation);
    if (row?.type !== 'direct' || !row.peer) return this.forget(conversation);
    const answer = await this.#context.connection.ask({ kind: 'open', person: row.peer.id });
    if (!isRefused(answer)) return this.take([answer.row]);
    if (answer.refused === 'person_not_found') return this.forget(conversation);
    // It cannot begin again just now.
    this.#context.environment.timer(answer.retryAfterMs ?? retryMs, () => this.lookUp(conversation));
  }

  /** Conversations older than those compared, a page at a time, after everything else. */
  async #pageOlder(connection: number, conversationCount: number): Promise<void> {
    let before: { activity: HeldRow['activity']; conversation: ConversationId } | null = null;
    for (let more = true; more && this.#context.mirror.rows.size < conversationCount; ) {
      const page: Omit<List, 'id'> = { kind: 'list', limit: limits.conversationsPerPageMax, ...(before ? { before } : {}) };
      const answer: OrRefusal<UnpackedListed> = await this.#context.connection.ask(page);
      if (connection !== this.#connection) return;
      // The next comparison finds that some are not here yet.
      if (isRefused(answer)) return this.#syncAfter(answer.retryAfterMs ?? retryMs);
      this.take(answer.rows);
      const last = answer.rows.at(-1);
      if (!last) return;
      before = { activity: last.activity, conversation: last.conversation };
      more = answer.more;
    }
  }
}

const zero = 0 as UnpackedSynced['registersVer'];

/** Kept by a program that did not know yet what a group is beside its title: equal sums say nothing of that. */
function isOfBefore({ type, group }: HeldRow): boolean {
  return type === 'group' && group === undefined;
}

/** Of a conversation of which nothing is known but that something was to be sent into it. */
function bareRow(conversation: ConversationId): HeldRow {
  const none = 0 as Seq & MessageCount;
  const counts = { ord: none, mine: none, readSeq: none, readOrd: none, readMine: none, receivedSeq: none, memberCount: 0 };
  return { conversation, type: 'group', head: genesis, firstSeq: 1 as Seq, activity: 0 as WallMs, receipts: [], ...counts, wish: null };
}

export function byActivity(one: HeldRow, other: HeldRow): number {
  return other.activity - one.activity || (one.conversation < other.conversation ? 1 : -1);
}

function digestRow({ conversation, readSeq, receipts }: HeldRow, { seq, chain }: HeldRow['head']) {
  const receiptsSum = receipts.reduce((sum, receipt) => sum + receipt.readSeq + receipt.receivedSeq, 0);
  return { conversation, headSeq: seq, headChain: chain, readSeq, receiptsSum };
}
