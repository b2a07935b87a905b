import type { OperationMark } from '@parlour/core/conversation-log/decide';
import { bodyOf, type Entry, type VisibleEntry } from '@parlour/core/conversation-log/entry';
import { applyRun, currentMembers, emptyLog, isMember, type LogState, sentBy } from '@parlour/core/conversation-log/state';
import type { SeqRange } from '@parlour/core/conversation-log/visibility';
import type { ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { type Marker, type MarkerStep, mergeMarkers, nothingRead } from '@parlour/core/marker';
import {
  type Append,
  type AppendOutcome,
  type Commit,
  type DigestSource,
  type FoundOperation,
  type LogStore,
  type MarkerRaise,
  type RecentPage,
  type RecentRow,
  standingIn,
} from '../../ports/log-store.ts';

type Log = { state: LogState; entries: Entry[]; activity: WallMs };
type Key = string;

/** The reference: everything in maps, every question answered by looking at all there is. */
export class MemoryLogStore implements LogStore, AsyncDisposable {
  readonly #logs = new Map<ConversationId, Log>();
  readonly #operations = new Map<Key, { conversation: ConversationId; seq: Seq }>();
  readonly #markers = new Map<Key, Marker>();
  readonly #steps = new Map<Key, MarkerStep[]>();

  /** As it is now; neither hears of the other any more. */
  copy(): MemoryLogStore {
    const copy = new MemoryLogStore();
    for (const [conversation, log] of this.#logs) copy.#logs.set(conversation, { ...log, entries: [...log.entries] });
    for (const [operation, place] of this.#operations) copy.#operations.set(operation, place);
    for (const [key, marker] of this.#markers) copy.#markers.set(key, marker);
    for (const [key, steps] of this.#steps) copy.#steps.set(key, steps);
    return copy;
  }

  async loadLog(conversation: ConversationId): Promise<LogState | null> {
    return this.#logs.get(conversation)?.state ?? null;
  }

  async commit({ appends, markers }: Commit): Promise<readonly AppendOutcome[]> {
    const outcomes = appends.map((append) => this.#append(append));
    for (const raise of markers) this.#raise(raise);
    return outcomes;
  }

  async loadRange(conversation: ConversationId, { fromSeq, untilSeq }: SeqRange): Promise<readonly VisibleEntry[]> {
    return this.#entriesOf(conversation).slice(Math.max(0, fromSeq - 1), Math.max(0, untilSeq - 1));
  }

  async loadMarks(conversation: ConversationId, range: SeqRange): Promise<readonly OperationMark[]> {
    return this.#entriesOf(conversation)
      .slice(Math.max(0, range.fromSeq - 1), Math.max(0, range.untilSeq - 1))
      .slice(0, 1_100)
      .map(markOf);
  }

  async findOperation(device: DeviceId, n: OperationNumber): Promise<FoundOperation | null> {
    const found = this.#operations.get(`${device} ${n}`);
    const entry = found && this.#entriesOf(found.conversation)[found.seq - 1];
    return entry ? { conversation: found.conversation, mark: markOf(entry) } : null;
  }

  async loadHighestOperationNumber(device: DeviceId): Promise<OperationNumber> {
    let highest = 0;
    for (const log of this.#logs.values())
      for (const entry of log.entries) if (entry.device === device) highest = Math.max(highest, entry.n);
    return highest as OperationNumber;
  }

  async loadCountsAt(conversation: ConversationId, person: PersonId, seq: Seq): Promise<{ ord: MessageCount; mine: MessageCount }> {
    const until = this.#entriesOf(conversation).slice(0, seq);
    const mine = until.filter((entry) => entry.kind === 'message' && entry.author === person).length;
    return { ord: until.at(-1)?.ord ?? (0 as MessageCount), mine: mine as MessageCount };
  }

  async loadMarker(conversation: ConversationId, person: PersonId): Promise<Marker | null> {
    return this.#markers.get(keyOf(conversation, person)) ?? null;
  }

  async loadMarkerSteps(conversation: ConversationId, person: PersonId): Promise<readonly MarkerStep[]> {
    return (this.#steps.get(keyOf(conversation, person)) ?? []).toReversed().slice(0, 200);
  }

  async forgetMarkerSteps({ before, countMax }: { readonly before: WallMs; readonly countMax: number }): Promise<number> {
    const old = [...this.#steps.values()]
      .flat()
      .filter((step) => step.at < before)
      .sort((one, other) => one.at - other.at)
      .slice(0, countMax);
    const forgotten = new Set(old);
    for (const [key, steps] of this.#steps) {
      this.#steps.set(
        key,
        steps.filter((step) => !forgotten.has(step)),
      );
    }
    return forgotten.size;
  }

  async loadRecent(person: PersonId, { before, limit }: RecentPage): Promise<readonly RecentRow[]> {
    const rows = this.#rowsOf(person);
    const behind = before ? rows.filter((row) => byRecency(before, row) < 0) : rows;
    return behind.slice(0, limit);
  }

  async loadRows(person: PersonId, conversations: readonly ConversationId[]): Promise<readonly RecentRow[]> {
    return this.#rowsOf(person).filter((row) => conversations.includes(row.conversation));
  }

  async loadDigestRows(person: PersonId, limit: number): Promise<readonly DigestSource[]> {
    return this.#rowsOf(person)
      .slice(0, limit)
      .map(({ conversation, head, marker, otherMarkers }) => ({
        conversation,
        head,
        readSeq: marker.readSeq,
        toldSum: otherMarkers.reduce((sum, other) => sum + other.marker.toldSeq, 0),
        receivedSum: otherMarkers.reduce((sum, other) => sum + other.marker.receivedSeq, 0),
      }));
  }

  async countConversations(person: PersonId): Promise<number> {
    return this.#rowsOf(person).length;
  }

  async loadLargeConversations(person: PersonId, staysMax: number): Promise<readonly ConversationId[]> {
    return [...this.#logs.values()].flatMap(({ state }) => {
      const stays = [...state.members.values()].reduce((sum, member) => sum + member.stays.length, 0);
      return stays > staysMax && isMember(state, person) ? [state.conversation] : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#logs.clear();
  }

  #append({ conversation, expect, entries }: Append): AppendOutcome {
    const log = this.#logs.get(conversation) ?? { state: emptyLog(conversation), entries: [], activity: 0 as WallMs };
    const { head } = log.state;
    if (head.seq !== expect.seq || head.chain !== expect.chain) return 'conflict';
    const operations = new Set(entries.map((entry) => `${entry.device} ${entry.n}`));
    if (operations.size < entries.length || [...operations].some((operation) => this.#operations.has(operation))) return 'id_taken';
    log.state = applyRun(log.state, entries);
    log.entries.push(...entries);
    for (const entry of entries) {
      this.#operations.set(`${entry.device} ${entry.n}`, { conversation, seq: entry.seq });
      if (entry.kind === 'message') log.activity = Math.max(log.activity, entry.ts) as WallMs;
      if (entry.kind === 'add') this.#startUnread(conversation, bodyOf('add', entry).person, entry, log.entries.slice(0, entry.seq));
    }
    this.#logs.set(conversation, log);
    return 'ok';
  }

  /** Whoever joins has nothing unread from before. */
  #startUnread(conversation: ConversationId, person: PersonId, entry: Entry, upTo: readonly Entry[]): void {
    const mine = upTo.filter((each) => each.kind === 'message' && each.author === person).length as MessageCount;
    const marker = { readSeq: entry.seq, readOrd: entry.ord, readMine: mine, receivedSeq: entry.seq, toldSeq: 0 as Seq };
    this.#raise({ conversation, person, marker, readAt: null });
  }

  #raise({ conversation, person, marker, readAt }: MarkerRaise): void {
    const key = keyOf(conversation, person);
    const held = this.#markers.get(key) ?? nothingRead;
    this.#markers.set(key, mergeMarkers(held, marker));
    if (readAt === null || marker.readSeq <= held.readSeq) return;
    this.#steps.set(key, [...(this.#steps.get(key) ?? []), { readSeq: marker.readSeq, at: readAt }]);
  }

  #entriesOf(conversation: ConversationId): readonly Entry[] {
    return this.#logs.get(conversation)?.entries ?? [];
  }

  #markerOf(conversation: ConversationId, person: PersonId): Marker {
    return this.#markers.get(keyOf(conversation, person)) ?? nothingRead;
  }

  #rowsOf(person: PersonId): RecentRow[] {
    return [...this.#logs.values()].flatMap((log) => this.#rowOf(log, person) ?? []).sort(byRecency);
  }

  #rowOf({ state, entries, activity }: Log, person: PersonId): RecentRow | null {
    const { conversation, type } = state;
    const member = state.members.get(person);
    const stay = member?.stays.at(-1);
    if (!member || !stay || !type) return null;
    const newest = entries[(stay.untilSeq ?? state.head.seq + 1) - 2];
    if (!newest) return null;
    const last = entries.findLast((entry) => entry.kind === 'message' && entry.seq >= stay.fromSeq && entry.seq <= newest.seq);
    const members = currentMembers(state);
    const { untilSeq } = stay;
    const isHere = untilSeq === null;
    const others = isHere && members.length <= limits.receiptMembersMax ? members.filter((member) => member !== person) : [];
    const stayed = [...state.members.values()].filter(({ stays }) =>
      stays.some((one) => untilSeq !== null && one.joinedSeq < untilSeq && (one.untilSeq === null || one.untilSeq > untilSeq)),
    );
    return {
      conversation,
      type,
      title: stay.leftFace ? stay.leftFace.title : state.title,
      group: type === 'direct' ? null : standingIn(state.group, member.role, stay.leftFace),
      head: { seq: newest.seq, chain: newest.chain },
      ord: newest.ord,
      activity,
      fromSeq: stay.fromSeq,
      untilSeq: stay.untilSeq,
      marker: this.#markerOf(conversation, person),
      sentMine: sentBy(state, person),
      last: last ? { seq: last.seq, author: last.author, ts: last.ts, body: last.body } : null,
      peer: type === 'direct' ? (members.find((member) => member !== person) ?? person) : null,
      otherMarkers: others.map((other) => ({
        person: other,
        marker: this.#markerOf(conversation, other),
        readAt: this.#steps.get(keyOf(conversation, other))?.at(-1)?.at ?? null,
      })),
      // Whoever was taken out knows how many stayed, and of nobody who came or went later.
      memberCount: isHere ? members.length : stayed.length,
    };
  }
}

function keyOf(conversation: ConversationId, person: PersonId): Key {
  return `${conversation} ${person}`;
}

type ByRecency = { readonly activity: WallMs; readonly conversation: ConversationId };

function byRecency(one: ByRecency, other: ByRecency): number {
  return other.activity - one.activity || (one.conversation < other.conversation ? 1 : one.conversation > other.conversation ? -1 : 0);
}

function markOf({ seq, chain, device, n, digest, salt }: Entry): OperationMark {
  return { seq, chain, device, n, digest, salt };
}
