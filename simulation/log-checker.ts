import { chainOf, digestOf } from '@parlour/core/conversation-log/chain';
import { bodyOf, type Entry, genesis } from '@parlour/core/conversation-log/entry';
import { applyRun, emptyLog, isMember, type LogState } from '@parlour/core/conversation-log/state';
import { isVisible } from '@parlour/core/conversation-log/visibility';
import type { ConversationId, PersonId } from '@parlour/core/ids';
import { type Marker, mergeMarkers, nothingRead } from '@parlour/core/marker';
import { digest16 } from '../apps/server/src/node-environment.ts';
import type { Append, MarkerRaise } from '../apps/server/src/ports/log-store.ts';
import type { World } from './world.ts';

type CheckedLog = { state: LogState; readonly entries: Entry[]; messageCount: number; readonly counts: Map<PersonId, number> };

/** All that ever became durable, kept apart from the store, and what must hold of it; in a simulated world, and of real servers' folders. */
export class LogChecker {
  readonly #world: Pick<World, 'check'>;
  readonly #logs = new Map<ConversationId, CheckedLog>();
  readonly #operations = new Map<string, string>();
  readonly #lastNumbers = new Map<string, number>();
  readonly #texts = new Map<string, { readonly conversation: ConversationId; readonly entry: Entry }>();
  readonly #markers = new Map<string, Marker>();

  constructor(world: Pick<World, 'check'>) {
    this.#world = world;
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
    const { head } = this.stateOf(conversation);
    const say = (what: string) => `a marker ${what}: ${person} ${JSON.stringify(marker)}, head ${head.seq}`;
    const check = (holds: boolean, what: string) => this.#world.check(holds, () => say(what), conversation);
    check(Math.max(marker.readSeq, marker.receivedSeq, marker.toldSeq) <= head.seq, 'is beyond the head');
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
