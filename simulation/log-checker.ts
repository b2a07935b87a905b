import { chainOf, digestOf } from '@parlour/core/conversation-log/chain';
import { bodyOf, type Entry, genesis } from '@parlour/core/conversation-log/entry';
import { applyRun, emptyLog, isMember, type LogState } from '@parlour/core/conversation-log/state';
import { isVisible } from '@parlour/core/conversation-log/visibility';
import type { ConversationId, PersonId } from '@parlour/core/ids';
import { type Marker, mergeMarkers, nothingRead } from '@parlour/core/marker';
import { digest16 } from '../apps/server/src/node-environment.ts';
import type { Append, MarkerRaise } from '../apps/server/src/ports/log-store.ts';
import { mayStand } from './may-stand.ts';
import type { World } from './world.ts';

type Known = {
  readonly logs: ReadonlyMap<ConversationId, CheckedLog>;
  readonly operations: ReadonlyMap<string, string>;
  readonly lastNumbers: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, { readonly conversation: ConversationId; readonly entry: Entry }>;
  readonly markers: ReadonlyMap<string, Marker>;
};
type CheckedLog = { state: LogState; readonly entries: Entry[]; messageCount: number; readonly counts: Map<PersonId, number> };

/** All that ever became durable, kept apart from the store, and what must hold of it; in a simulated world, and of real servers' folders. */
export class LogChecker {
  readonly #world: Pick<World, 'check'>;
  #logs = new Map<ConversationId, CheckedLog>();
  #operations = new Map<string, string>();
  #lastNumbers = new Map<string, number>();
  #texts = new Map<string, { readonly conversation: ConversationId; readonly entry: Entry }>();
  #markers = new Map<string, Marker>();
  /** What was durable until the store went back. */
  readonly #lost = new Map<ConversationId, Entry[]>();

  constructor(world: Pick<World, 'check'>) {
    this.#world = world;
  }

  /** All that is durable now, for `goBackTo`. */
  keep(): Known {
    const logs = new Map([...this.#logs].map(([conversation, log]) => [conversation, copyLog(log)]));
    const [operations, lastNumbers] = [new Map(this.#operations), new Map(this.#lastNumbers)];
    return { logs, operations, lastNumbers, texts: new Map(this.#texts), markers: new Map(this.#markers) };
  }

  /** The store was put back as it was then: what came later is gone, and may still be shown until each client has found out. */
  goBackTo({ logs, operations, lastNumbers, texts, markers }: Known): void {
    for (const [conversation, { entries }] of this.#logs) {
      const kept = logs.get(conversation)?.entries.length ?? 0;
      const isMarked = [...this.#markers].some(([key, marker]) => key.startsWith(conversation) && markers.get(key) !== marker);
      if (entries.length > kept || isMarked)
        this.#lost.set(conversation, [...(this.#lost.get(conversation) ?? []), ...entries.slice(kept)]);
    }
    this.#logs = new Map([...logs].map(([conversation, log]) => [conversation, copyLog(log)]));
    this.#operations = new Map(operations);
    this.#lastNumbers = new Map(lastNumbers);
    this.#texts = new Map(texts);
    this.#markers = new Map(markers);
  }

  /** What a conversation lost when the store went back; null where it lost nothing. */
  lostOf(conversation: ConversationId): readonly Entry[] | null {
    return this.#lost.get(conversation) ?? null;
  }

  get conversations(): readonly ConversationId[] {
    return [...this.#logs.keys()];
  }

  conversationsOf(person: PersonId): ConversationId[] {
    return this.conversations.filter((conversation) => this.stateOf(conversation).members.has(person));
  }

  entriesOf(conversation: ConversationId): readonly Entry[] {
    return this.#logs.get(conversation)?.entries ?? [];
  }

  stateOf(conversation: ConversationId): LogState {
    return this.#logs.get(conversation)?.state ?? emptyLog(conversation);
  }

  markerOf(conversation: ConversationId, person: PersonId): Marker {
    return this.#markers.get(`${conversation} ${person}`) ?? nothingRead;
  }

  /** Where a message stands; its text is like no other's. */
  findText(text: string): { readonly conversation: ConversationId; readonly entry: Entry } | undefined {
    return this.#texts.get(text);
  }

  /** Others' messages after a position, up to a head: what unread must be. */
  recountUnread(conversation: ConversationId, reader: PersonId, { readSeq, headSeq }: { readSeq: number; headSeq: number }): number {
    return this.entriesOf(conversation)
      .slice(0, headSeq)
      .filter(({ kind, seq, author }) => kind === 'message' && seq > readSeq && author !== reader).length;
  }

  /** The last place that a person may see: of somebody who was taken out, their own removal. */
  visibleHeadOf(conversation: ConversationId, person: PersonId): number {
    const { members, head } = this.stateOf(conversation);
    const untilSeq = members.get(person)?.stays.at(-1)?.untilSeq ?? null;
    return untilSeq === null ? head.seq : untilSeq - 1;
  }

  /** Where the stay begins that counts for them now, or did last. */
  firstSeqOf(conversation: ConversationId, person: PersonId): number {
    return this.stateOf(conversation).members.get(person)?.stays.at(-1)?.fromSeq ?? 0;
  }

  /** Whether somebody was taken out, be it that they came back. */
  wasTakenOut(conversation: ConversationId, person: PersonId): boolean {
    const stays = this.stateOf(conversation).members.get(person)?.stays ?? [];
    return stays.some(({ untilSeq }) => untilSeq !== null);
  }

  /** Whether somebody may have been refused there for ever, by what they may do or because they were taken out. */
  hasRefused(conversation: ConversationId): boolean {
    return this.stateOf(conversation).type === 'group';
  }

  /** Whether writing was kept to some there, be it that it is no more, or that a store which was put back does not know of it. */
  wasKept(conversation: ConversationId): boolean {
    const entries = [...this.entriesOf(conversation), ...(this.#lost.get(conversation) ?? [])];
    return entries.some((entry) => entry.kind === 'rules' && bodyOf('rules', entry).permissions?.write !== undefined);
  }

  isVisibleTo(conversation: ConversationId, person: PersonId, seq: number): boolean {
    return isVisible(this.stateOf(conversation).members.get(person)?.stays ?? [], seq as Entry['seq']);
  }

  /** Called when an append has become durable. */
  appended({ conversation, entries }: Pick<Append, 'conversation' | 'entries'>): void {
    const log: CheckedLog = this.#logs.get(conversation) ?? {
      state: emptyLog(conversation),
      entries: [],
      messageCount: 0,
      counts: new Map(),
    };
    this.#logs.set(conversation, log);
    for (const entry of entries) {
      this.#checkEntry(conversation, log, entry);
      log.state = applyRun(log.state, [entry]);
      log.entries.push(entry);
      if (entry.kind === 'add') this.#joined(conversation, entry, bodyOf('add', entry).person);
    }
  }

  /** Called when a marker has become durable. */
  raised({ conversation, person, marker }: Omit<MarkerRaise, 'readAt'>): void {
    const headSeq = this.visibleHeadOf(conversation, person);
    const say = (what: string) => `a marker ${what}: ${person} ${JSON.stringify(marker)}, who sees up to ${headSeq}`;
    const check = (holds: boolean, what: string) => this.#world.check(holds, () => say(what), conversation);
    check(Math.max(marker.readSeq, marker.receivedSeq, marker.toldSeq) <= headSeq, 'is beyond what they see');
    const before = this.entriesOf(conversation).slice(0, marker.readSeq);
    const mine = before.filter(({ kind, author }) => kind === 'message' && author === person).length;
    check(marker.readOrd === (before.at(-1)?.ord ?? 0) && marker.readMine === mine, 'has counts that are not those at its place');
    check(marker.toldSeq <= marker.readSeq, 'tells more than was read');
    this.#markers.set(`${conversation} ${person}`, mergeMarkers(this.markerOf(conversation, person), marker));
  }

  /** Whoever joins has nothing unread from before. */
  #joined(conversation: ConversationId, { seq, ord }: Entry, person: PersonId): void {
    const mine = this.entriesOf(conversation).filter(({ kind, author }) => kind === 'message' && author === person).length;
    const marker = { readSeq: seq, readOrd: ord, readMine: mine as Marker['readMine'], receivedSeq: seq, toldSeq: 0 as Marker['toldSeq'] };
    this.#markers.set(`${conversation} ${person}`, mergeMarkers(this.markerOf(conversation, person), marker));
  }

  #checkEntry(conversation: ConversationId, log: CheckedLog, entry: Entry): void {
    const { state, counts } = log;
    const { seq, device, n, kind, author, salt, body } = entry;
    const check = (holds: boolean, what: string) =>
      this.#world.check(holds, () => `${what}: seq ${seq} (${device}, ${n}) ${kind} ${body}`, conversation);
    check(seq === state.head.seq + 1, `the log has a gap after ${state.head.seq}`);
    check(entry.chain === chainOf(digest16, state.head.chain, entry), 'the chain is wrong');
    check(salt !== null && body !== null && entry.digest === digestOf(digest16, salt, body), 'the digest is wrong');
    check(state.head.seq > 0 || state.head.chain === genesis.chain, 'the log does not begin at its beginning');
    check(kind === 'create' || isMember(state, author), 'the author is not a member');
    check(mayStand(state, entry), 'the author may not do this');

    const operation = `${device} ${n}`;
    check(!this.#operations.has(operation), `an operation stands twice, first in ${this.#operations.get(operation)}`);
    this.#operations.set(operation, `${conversation} ${seq}`);
    const order = `${conversation} ${device}`;
    check(
      n > (this.#lastNumbers.get(order) ?? 0),
      `an operation stands behind a later one, ${this.#lastNumbers.get(order)}, of its device`,
    );
    this.#lastNumbers.set(order, n);

    const counted = kind === 'message' ? 1 : 0;
    log.messageCount += counted;
    counts.set(author, (counts.get(author) ?? 0) + counted);
    check(entry.ord === log.messageCount, 'ord is not the count of messages');
    check(entry.mine === counts.get(author), 'mine is not the count of the author’s messages');
    if (kind !== 'message') return;
    const { text } = bodyOf('message', entry);
    check(!this.#texts.has(text), `a message stands twice, first at ${this.#texts.get(text)?.entry.seq}`);
    this.#texts.set(text, { conversation, entry });
  }
}

function copyLog({ state, entries, messageCount, counts }: CheckedLog): CheckedLog {
  return { state, entries: [...entries], messageCount, counts: new Map(counts) };
}
