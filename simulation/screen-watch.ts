import { bodyOf, type Entry } from '@parlour/core/conversation-log/entry';
import type { ConversationId } from '@parlour/core/ids';
import type { Timeline, TimelineItem } from '../packages/sdk/src/client.ts';
import type { LogChecker } from './log-checker.ts';
import type { SimulatedPerson } from './person.ts';
import type { World } from './world.ts';

/** Looks at what one client shows of one conversation, each time it changes. */
export class ScreenWatch {
  readonly #world: World;
  readonly #checker: LogChecker;
  readonly #person: SimulatedPerson;
  readonly #deviceName: string;
  readonly #conversation: ConversationId;
  readonly #isGivenUp: (text: string) => boolean;
  readonly #seen = new WeakSet<TimelineItem>();
  #readSeq = 0;
  #pending: ReadonlySet<string> = new Set();

  constructor(of: {
    world: World;
    checker: LogChecker;
    person: SimulatedPerson;
    deviceName: string;
    conversation: ConversationId;
    isGivenUp: (text: string) => boolean;
  }) {
    this.#world = of.world;
    this.#checker = of.checker;
    this.#person = of.person;
    this.#deviceName = of.deviceName;
    this.#conversation = of.conversation;
    this.#isGivenUp = of.isGivenUp;
  }

  look(timeline: Timeline): void {
    if (timeline.state !== 'ready') return;
    this.#lookAtItems(timeline.items);
    // Until the client has found out it shows what was true before.
    if (this.#checker.lostOf(this.#conversation)) return;
    this.#lookForVanished(timeline);
    this.#lookAtPending(timeline);
    this.#lookAtCounts(timeline);
  }

  #check(holds: boolean, what: () => string): void {
    this.#world.check(holds, () => `${this.#deviceName} shows ${what()}`, this.#conversation);
  }

  #lookAtItems(items: readonly TimelineItem[]): void {
    let before: TimelineItem | null = null;
    for (const item of items) {
      const { seq, at } = item;
      this.#check(before === null || this.#follows(before.seq, seq), () => `a hole: ${before?.seq}, then ${seq}`);
      this.#check(before === null || at >= before.at, () => `time going back at seq ${seq}`);
      before = item;
      if (this.#seen.has(item)) continue;
      this.#seen.add(item);
      this.#lookAtItem(item);
    }
  }

  /** Between two stays lies what is not theirs to see. */
  #follows(beforeSeq: number, seq: number): boolean {
    for (let between = beforeSeq + 1; between < seq; between++)
      if (this.#checker.isVisibleTo(this.#conversation, this.#person.knownId, between)) return false;
    return seq > beforeSeq;
  }

  #lookAtItem(item: TimelineItem): void {
    const here = this.#checker.entriesOf(this.#conversation)[item.seq - 1];
    const lost = this.#checker.lostOf(this.#conversation);
    const entry = [...(here ? [here] : []), ...(lost ?? [])].find((each) => isEntryOf(each, item));
    const isEntry = entry !== undefined;
    this.#check(isEntry, () => `an entry that the log does not have: seq ${item.seq}`);
    if (item.kind !== 'message' || entry?.kind !== 'message') return;
    this.#check(bodyOf('message', entry).text === item.text, () => `another text at seq ${item.seq}: ${item.text}`);
    if (lost === null && (item.tick === 'read' || item.tick === 'received')) this.#lookAtTick(item.seq, item.tick);
  }

  #lookAtTick(seq: number, tick: 'read' | 'received'): void {
    const { members } = this.#checker.stateOf(this.#conversation);
    for (const [other, { stays }] of members) {
      const stay = stays.at(-1);
      // Who joined later is not asked for what was said before, and who is gone for nothing.
      if (other === this.#person.id || !stay || stay.joinedSeq > seq || stay.untilSeq !== null) continue;
      const { receivedSeq, toldSeq } = this.#checker.markerOf(this.#conversation, other);
      const reached = tick === 'read' ? toldSeq : Math.max(receivedSeq, toldSeq);
      this.#check(reached >= seq, () => `seq ${seq} as ${tick}, which ${other} did not`);
    }
  }

  /** Whoever has pressed Enter sees it from then on: on its way, or in its place in the log. What the store does not take goes back to whoever wrote it. */
  #lookForVanished({ items, pending, hasNewer }: Timeline): void {
    const shown = new Set(pending.map(({ text }) => text));
    const awaited: string[] = [];
    for (const text of this.#pending) {
      if (shown.has(text) || this.#isGivenUp(text)) continue;
      const { seq = 0 } = this.#checker.findText(text)?.entry ?? {};
      if (seq > 0 && items.length === 0) {
        // The page where it stands is being fetched.
        awaited.push(text);
        continue;
      }
      const isOutOfSight = seq > 0 && (hasNewer || seq < (items[0]?.seq ?? 0));
      const isThere = items.some((item) => item.kind === 'message' && item.text === text);
      const stands = `seq ${seq}, where ${items[0]?.seq} to ${items.at(-1)?.seq} are shown`;
      this.#check(isThere || isOutOfSight, () => `no more what was on its way: ${text} (${stands})`);
    }
    this.#pending = new Set([...awaited, ...pending.flatMap(({ text, state }) => (state === 'keeping' ? [] : [text]))]);
  }

  #lookAtPending({ items, pending }: Timeline): void {
    if (pending.length === 0) return;
    const shown = new Set(items.map((item) => (item.kind === 'message' ? item.text : '')));
    for (const { text, state, error } of pending) {
      const isOut = error === 'not_a_member' && this.#checker.wasTakenOut(this.#conversation, this.#person.knownId);
      const isKept = error === 'not_allowed' && this.#checker.wasKept(this.#conversation);
      this.#check(state !== 'failed' || isOut || isKept, () => `a message as failed (${error}): ${text}`);
      this.#check(!shown.has(text), () => `a message twice, as pending and in the log: ${text}`);
      if (state !== 'acknowledged') continue;
      this.#world.count('shown as acknowledged');
      this.#check(this.#checker.findText(text) !== undefined, () => `a message as sent that is not durable: ${text}`);
    }
  }

  #lookAtCounts({ headSeq, readSeq, unread }: Timeline): void {
    const durableSeq = this.#checker.entriesOf(this.#conversation).length;
    this.#check(headSeq <= durableSeq, () => `a head that is not durable: ${headSeq}, of ${durableSeq}`);
    // Where the leader died on a device that took nothing, what it had told is gone with it, and is pulled again: the mark stands at its end.
    const isBack = readSeq < Math.min(this.#readSeq, headSeq);
    this.#check(!isBack, () => `a read mark going back: from ${this.#readSeq} to ${readSeq}, of ${headSeq}`);
    this.#readSeq = Math.max(this.#readSeq, readSeq);
    // The list may know of a later head than the entries that are here: unread is counted up to it.
    const recount = (seq: number) => this.#checker.recountUnread(this.#conversation, this.#person.knownId, { readSeq, headSeq: seq });
    const isBetween = unread >= recount(headSeq) && unread <= recount(durableSeq);
    this.#check(isBetween, () => `${unread} unread after ${readSeq}, where there are ${recount(headSeq)} up to ${headSeq}`);
  }
}

function isEntryOf({ seq, author, device, n, ord }: Entry, item: TimelineItem): boolean {
  return seq === item.seq && author === item.author && device === item.device && n === item.n && ord === item.ord;
}
