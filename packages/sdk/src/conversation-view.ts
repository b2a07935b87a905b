import { fingerprintOf } from '@parlour/core/fingerprint';
import type { ConversationId, LoginId, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { fitAct, whenActed } from './acts.ts';
import type {
  Act,
  ConversationView,
  Evidence,
  EvidenceOptions,
  MembersPage,
  MembersQuery,
  PendingMessage,
  Person,
  Reader,
  Timeline,
} from './client.ts';
import type { ClientCore } from './client-core.ts';
import { draftKey, draftOf, tickOf } from './conversation-list.ts';
import { Derived, keepIfSame, keepIfSameList } from './derived.ts';
import type { DraftKeeping } from './draft-keeping.ts';
import { type HeldEntry, peopleIn } from './held-entry.ts';
import { append, emptyWindow, firstSeqOf, followTail, type HistoryWindow, lastSeqOf, pageLength, prepend } from './history-window.ts';
import type { Change } from './mirror.ts';
import { type ClientRefusal, isRefused, type OrRefusal, refuseHere } from './refusal.ts';
import { settledBy } from './replica.ts';
import { type HeldRow, outboxKey, type Tail } from './store.ts';
import { ItemMemory, presentPending, presentPendingAct } from './timeline.ts';
import { markedSeqOf, placeBefore, readSeqOf, type UnreadFrom, unreadFromKey, unreadFromOf, unreadOf } from './unread-from.ts';

const nothing = 0 as Seq;

/** One look into one conversation: the window, and what one does there. */
export class OpenConversation implements ConversationView {
  readonly id: ConversationId;
  readonly timeline: Derived<Timeline>;
  readonly draft: Derived<string | null>;
  readonly #core: ClientCore;
  readonly #drafts: DraftKeeping;
  readonly #items = new ItemMemory();
  readonly #askForPeople: (people: readonly PersonId[]) => void;
  readonly #onClose: () => void;
  /** On their way to the store. */
  #keeping: readonly PendingMessage[] = [];
  #window: HistoryWindow = emptyWindow;
  #state: Timeline['state'] = 'opening';
  #loading: Timeline['loading'] = null;
  #problem: ClientRefusal | null = null;
  #unsubscribe: (() => void)[] = [];
  #closed = false;
  #jumps = 0;
  #loads = 0;
  #online: boolean;
  #ready: Promise<void>;

  constructor(
    core: ClientCore,
    id: ConversationId,
    on: { drafts: DraftKeeping; askForPeople: (people: readonly PersonId[]) => void; closed: () => void },
  ) {
    this.id = id;
    this.#core = core;
    this.#drafts = on.drafts;
    this.#askForPeople = on.askForPeople;
    this.#onClose = on.closed;
    this.timeline = new Derived(core.platform.environment, (before) => this.#compute(before));
    this.draft = new Derived(core.platform.environment, () => (this.#drafts.get(id) ?? draftOf(core.mirror, id)) || null);
    this.#unsubscribe = [
      core.mirror.subscribe((changes) => this.#mirrorChanged(changes)),
      core.shared.subscribe(() => this.#sharedChanged()),
    ];
    this.#online = this.#isOnline();
    this.#ready = this.#core.hold(id).then(() => this.#open());
  }

  async loadOlder(): Promise<void> {
    await this.#ready;
    const { row, tail } = this.#held();
    if (!row || !tail || this.#loading || this.#closed) return;
    const untilSeq = firstSeqOf(this.#window, tail);
    if (untilSeq <= row.firstSeq) return;
    const held = this.#core.mirror.tailEntries(this.id, { fromSeq: Math.max(row.firstSeq, untilSeq - pageLength), untilSeq });
    const older = held.length > 0 ? held : await this.#history('older', { fromSeq: row.firstSeq, untilSeq: untilSeq as Seq, end: 'last' });
    const now = this.#held().tail;
    if (older && now) this.#show(prepend(this.#window, older, now));
  }

  async loadNewer(): Promise<void> {
    await this.#ready;
    const { tail } = this.#held();
    if (!tail || this.#loading || this.#closed || this.#window.following) return;
    const fromSeq = lastSeqOf(this.#window, tail) + 1;
    const held = fromSeq > tail.before.seq ? this.#core.mirror.tailEntries(this.id, { fromSeq, untilSeq: fromSeq + pageLength }) : [];
    const range = { fromSeq: fromSeq as Seq, untilSeq: (fromSeq + pageLength) as Seq, end: 'first' } as const;
    const newer = held[0]?.seq === fromSeq ? held : await this.#history('newer', range);
    const now = this.#held().tail;
    if (newer && now) this.#show(append(this.#window, newer, now));
  }

  async jumpTo(place: Seq | 'first' | 'last'): Promise<void> {
    this.#jumps += 1;
    const jump = this.#jumps;
    await this.#ready;
    const { row, tail } = this.#held();
    if (!row || !tail || this.#closed) return;
    if (place === 'last') return this.#show(followTail(emptyWindow, tail, (range) => this.#core.mirror.tailEntries(this.id, range)));
    const middleSeq = place === 'first' ? row.firstSeq : Math.min(Math.max(place, row.firstSeq), tail.position.seq);
    const fromSeq = Math.max(row.firstSeq, middleSeq - pageLength / 2) as Seq;
    const untilSeq = (fromSeq + pageLength) as Seq;
    const held = this.#core.mirror.tailEntries(this.id, { fromSeq, untilSeq });
    const entries = held[0]?.seq === fromSeq ? held : await this.#history('window', { fromSeq, untilSeq, end: 'first' });
    const now = this.#held().tail;
    // Whoever went elsewhere meanwhile stays there.
    if (entries && now && jump === this.#jumps) this.#show({ entries, following: (entries.at(-1)?.seq ?? 0) >= now.position.seq });
  }

  async send(text: string): Promise<OrRefusal<OperationNumber>> {
    if (text.trim() === '' || text.length > limits.textLengthMax) return refuseHere('text_unfit', { textLengthMax: limits.textLengthMax });
    const at = this.#core.platform.environment.now();
    const shown = this.#foresee(text, at);
    this.#keep([...this.#keeping, shown]);
    try {
      const kept = await this.#core.enqueue({ conversation: this.id, text, at });
      return isRefused(kept) ? kept : kept.n;
    } finally {
      this.#keep(this.#keeping.filter((message) => message !== shown));
    }
  }

  async act(act: Act): Promise<OrRefusal<void>> {
    const fit = fitAct(act);
    if (isRefused(fit)) return fit;
    const at = this.#core.platform.environment.now();
    const kept = await this.#core.enqueue({ conversation: this.id, text: '', act: fit, at });
    if (isRefused(kept)) return kept;
    const failed = await whenActed(this.#core.mirror, kept);
    if (failed?.error == null) return;
    // Whoever asked for it hears of it here, and need not find it in the conversation.
    await this.discard(outboxKey(failed));
    return refuseHere(failed.error);
  }

  members(query: MembersQuery = {}): Promise<OrRefusal<MembersPage>> {
    return this.#asLogin((login) =>
      this.#core.account.members(login, this.id, { ...query, knownSeq: this.#held().tail?.position.seq ?? nothing }),
    );
  }

  bans(): Promise<OrRefusal<readonly Person[]>> {
    return this.#asLogin((login) => this.#core.account.bans(login, this.id));
  }

  async retry(key: string): Promise<void> {
    await this.#core.run({ do: 'retry', key });
  }

  async discard(key: string): Promise<void> {
    await this.#core.run({ do: 'discard', key });
  }

  setDraft(text: string): void {
    this.#drafts.set(this.id, text);
    this.draft.touch();
  }

  typing(): void {
    void this.#core.run({ do: 'type', conversation: this.id });
  }

  markRead(seq: Seq): void {
    const { row } = this.#held();
    const from = unreadFromOf(this.#core.mirror, this.id);
    if (row && from && seq >= from.seq) {
      // [SDK-75] Reading on moves the place along, up to where the marker stands.
      this.#writeUnreadFrom(seq < markedSeqOf(row) ? (this.#placeBefore(seq + 1, row) ?? from) : null);
    }
    void this.#core.run({ do: 'mark_read', conversation: this.id, seq });
  }

  async markUnread(seq: Seq): Promise<OrRefusal<void>> {
    await this.#ready;
    const { row } = this.#held();
    const place = row ? this.#placeBefore(seq, row) : null;
    return place ? this.#writeUnreadFrom(place) : refuseHere('place_unknown');
  }

  /** [SDK-76] By halves: times never go back in a log, but for clocks that were set. */
  async findMoment(at: WallMs): Promise<OrRefusal<Seq>> {
    await this.#ready;
    const { row, tail } = this.#held();
    if (!row || !tail) return refuseHere('conversation_not_visible');
    let fromSeq: number = row.firstSeq;
    let untilSeq: number = tail.position.seq;
    while (fromSeq < untilSeq) {
      const middleSeq = Math.floor((fromSeq + untilSeq) / 2) as Seq;
      const entry = await this.#entryAt(middleSeq);
      if (isRefused(entry)) return entry;
      if (entry && entry.ts >= at) untilSeq = middleSeq;
      else fromSeq = middleSeq + 1;
    }
    return fromSeq as Seq;
  }

  async readersOf(seq: Seq): Promise<OrRefusal<readonly Reader[]>> {
    const { me } = this.#core.mirror.meta;
    if (!me) return refuseHere('logged_out');
    const markers = await this.#core.account.markers(me.login, this.id);
    if (isRefused(markers)) return markers;
    this.#askForPeople(markers.map(({ person }) => person));
    return markers
      .filter(({ person }) => person !== me.id)
      .map(({ person, readSeq, receivedSeq, steps }) => {
        // The first step that reached it; `steps` stand newest first.
        const readAt = steps.findLast((step) => step.readSeq >= seq)?.at ?? null;
        return {
          person,
          isRead: readSeq >= seq,
          isReceived: Math.max(readSeq, receivedSeq) >= seq,
          readAt: readSeq >= seq ? readAt : null,
        };
      });
  }

  exportEvidence(options: EvidenceOptions = {}): Promise<OrRefusal<Evidence>> {
    return this.#asLogin((login) => this.#core.account.evidence(login, this.id, options));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#unsubscribe) end();
    void this.#ready.then(() => this.#core.mirror.release(this.id));
    this.#onClose();
  }

  async #asLogin<T>(ask: (login: LoginId) => Promise<OrRefusal<T>>): Promise<OrRefusal<T>> {
    const { me } = this.#core.mirror.meta;
    return me ? ask(me.login) : refuseHere('logged_out');
  }

  /** [SDK-20] Shown before it is durable, as what it is. Its number is only known then, and is as foreseen unless another tab takes one meanwhile. */
  #foresee(text: string, at: WallMs): PendingMessage {
    const { device, counter = 0 } = this.#core.mirror.meta;
    const n = (counter + this.#keeping.length + 1) as OperationNumber;
    return { key: device === undefined ? `keeping ${n}` : outboxKey({ device, n }), n, text, at, state: 'keeping', error: null };
  }

  #keep(messages: readonly PendingMessage[]): void {
    this.#keeping = messages;
    this.timeline.touch();
  }

  #placeBefore(seq: number, row: HeldRow): UnreadFrom | null {
    const { self } = this.#core;
    return self ? placeBefore(this.#window.entries, { seq, row, self }) : null;
  }

  #writeUnreadFrom(place: UnreadFrom | null): void {
    void this.#core.run({ do: 'write_register', key: unreadFromKey(this.id), value: place && JSON.stringify(place) });
  }

  /** @returns null where it is not to be seen */
  async #entryAt(seq: Seq): Promise<OrRefusal<HeldEntry | null>> {
    const held = this.#core.mirror.entryAt(this.id, seq) ?? this.#window.entries.find((entry) => entry.seq === seq);
    if (held) return held;
    const range = { conversation: this.id, fromSeq: seq, untilSeq: (seq + 1) as Seq, end: 'first', limit: 1 } as const;
    const answer = await this.#core.run({ do: 'history', range });
    return isRefused(answer) ? answer : (answer.entries[0] ?? null);
  }

  async #open(): Promise<void> {
    if (!this.#held().row) {
      const found = await this.#core.run({ do: 'look_up', conversation: this.id });
      if (found === false) this.#state = 'missing';
      this.#problem = isRefused(found) ? found : null;
    }
    this.#follow();
    void this.#fillFirstPage();
  }

  /** A conversation that is new here has nothing stored yet. */
  async #fillFirstPage(): Promise<void> {
    const { row, tail } = this.#held();
    if (!row || !tail || this.#closed) return;
    if (this.#window.entries.length < pageLength / 2 && firstSeqOf(this.#window, tail) > row.firstSeq) {
      await Promise.resolve();
      await this.loadOlder();
    }
  }

  async #history(
    loading: Timeline['loading'],
    range: { fromSeq: Seq; untilSeq: Seq; end: 'first' | 'last' },
  ): Promise<readonly HeldEntry[] | null> {
    this.#loads += 1;
    const load = this.#loads;
    this.#loading = loading;
    this.timeline.touch();
    const answer = await this.#core.run({ do: 'history', range: { ...range, conversation: this.id, limit: pageLength } });
    if (load === this.#loads) this.#loading = null;
    this.#problem = isRefused(answer) ? answer : null;
    this.timeline.touch();
    return isRefused(answer) ? null : answer.entries;
  }

  #isOnline(): boolean {
    return this.#core.shared.get().status.connection.state === 'online';
  }

  /** What could not be had without a connection is asked for again once there is one. */
  #sharedChanged(): void {
    const before = this.#online;
    this.#online = this.#isOnline();
    if (this.#online && !before && this.#problem) this.#ready = this.#ready.then(() => this.#open());
    this.timeline.touch();
  }

  #mirrorChanged(changes: readonly Change[]): void {
    const isOurs = changes.length === 0 || changes.some(({ space, key }) => (space === 'entries' ? key.startsWith(this.id) : true));
    if (!isOurs) return;
    if (changes.length === 0 || changes.some(({ space, key }) => space === 'registers' && key === draftKey(this.id))) this.draft.touch();
    if (changes.length === 0 || changes.some(({ space, key }) => (space === 'tails' || space === 'rows') && key === this.id)) {
      const wasEmpty = this.#window.entries.length === 0;
      this.#follow();
      if (wasEmpty && !this.#loading && this.#state === 'ready') void this.#ready.then(() => this.#fillFirstPage());
    }
    this.timeline.touch();
  }

  #follow(): void {
    const { row, tail } = this.#held();
    if (row && tail) {
      this.#state = 'ready';
      this.#window = followTail(this.#window, tail, (range) => this.#core.mirror.tailEntries(this.id, range));
      this.#askForPeople(this.#window.entries.flatMap(peopleIn));
    } else if (this.#state === 'ready') {
      this.#state = 'missing';
      this.#window = emptyWindow;
    }
    this.timeline.touch();
  }

  #show(window: HistoryWindow): void {
    this.#window = window;
    this.#askForPeople(window.entries.flatMap(peopleIn));
    this.#follow();
  }

  #held(): { row: HeldRow | undefined; tail: Tail | undefined } {
    return { row: this.#core.mirror.rows.get(this.id), tail: this.#core.mirror.tails.get(this.id) };
  }

  #compute(before: Timeline | null): Timeline {
    const { row, tail } = this.#held();
    const shared = this.#core.shared.get();
    const { mirror, self } = this.#core;
    const unreadFrom = unreadFromOf(mirror, this.id);
    const outbox = mirror.outboxOf(this.id);
    // A tail that began anew may have passed over what was on its way: where its place is looked at, it stands there.
    const passed = settledBy(this.#window.entries, outbox);
    const waiting = outbox.filter((item) => !passed.includes(item));
    const pending = waiting.filter(({ act }) => !act).map((item) => presentPending(item, shared.progress.get(outboxKey(item))));
    const pendingActs = waiting.flatMap((item) => presentPendingAct(item, shared.progress.get(outboxKey(item))));
    if (this.#keeping.length > 0) {
      const stored = new Set([...outbox, ...this.#window.entries].map(outboxKey));
      for (const message of this.#keeping) pending.push(stored.has(message.key) ? { ...message, key: `keeping ${message.key}` } : message);
    }
    const items = row ? this.#items.present(this.#window.entries, self, ({ seq }) => tickOf(row, seq)) : [];
    return keepIfSame(before, {
      state: this.#state,
      items: keepIfSameList(before?.items, items),
      pending: keepIfSameList(
        before?.pending,
        pending.map((one) =>
          keepIfSame(
            before?.pending.find(({ key }) => key === one.key),
            one,
          ),
        ),
      ),
      pendingActs: keepIfSameList(
        before?.pendingActs,
        pendingActs.map((one) =>
          keepIfSame(
            before?.pendingActs.find(({ key }) => key === one.key),
            one,
          ),
        ),
      ),
      hasOlder: row !== undefined && tail !== undefined && firstSeqOf(this.#window, tail) > row.firstSeq,
      hasNewer: tail !== undefined && lastSeqOf(this.#window, tail) < tail.position.seq,
      loading: this.#loading,
      problem: this.#problem,
      firstSeq: row?.firstSeq ?? nothing,
      headSeq: tail?.position.seq ?? nothing,
      headFingerprint: tail ? fingerprintOf(tail.position.chain) : null,
      readSeq: row ? readSeqOf(row, unreadFrom) : nothing,
      unread: row ? unreadOf(row, unreadFrom) : 0,
      receipts: keepIfSameList(
        before?.receipts,
        (row?.receipts ?? []).map(({ person, readSeq, readAt, receivedSeq }) => {
          const known = before?.receipts.find((receipt) => receipt.person === person);
          return keepIfSame(known, { person, readSeq, readAt: readAt ?? null, receivedSeq });
        }),
      ),
      typing: keepIfSameList(before?.typing, shared.typing.get(this.id) ?? []),
    });
  }
}
