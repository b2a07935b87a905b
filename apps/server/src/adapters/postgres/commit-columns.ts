import { bodyOf, type Entry, entryKinds } from '@parlour/core/conversation-log/entry';
import { type LogState, sentBy } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import { type Marker, mergeMarkers, nothingRead } from '@parlour/core/marker';
import type { Append, MarkerRaise } from '../../ports/log-store.ts';
import { bytesOf } from '../sql/digest-bytes.ts';
import { concernsGroup, groupText, leftFaceText, seesSeqOf } from '../sql/log-rows.ts';
import { conversationTypes } from '../sql/tables.ts';
import { bytesArray, numberArray, textArray } from './array-literal.ts';
import { type CommitParts, commitText } from './commit-text.ts';
import type { Statement } from './postgres-database.ts';

/** The keys inside of all that a commit names. A conversation that it creates has none yet. */
export type CommitKeys = {
  readonly people: ReadonlyMap<PersonId, number>;
  readonly devices: ReadonlyMap<DeviceId, number>;
  readonly conversations: ReadonlyMap<ConversationId, number>;
};

type Stay = {
  readonly place: number;
  readonly person: number;
  readonly joinedSeq: number;
  readonly seesSeq: number | null;
  untilSeq: number | null;
  role: string;
  leftFace: string | null;
};
/** Of a stay that began before: what changes. */
type Changed = { readonly place: number; readonly person: number; untilSeq: number | null; role: string | null; leftFace: string | null };
/** What becomes of a marker. It counts where the append at `place` wins; without a place it counts by itself. */
type Raised = Marker & {
  readonly place: number | null;
  readonly conv: number | null;
  readonly person: number;
  readonly sentMine: number;
  /** 1 where a stay begins: what is read then was read before any wish of the same commit. */
  readonly begins: 0 | 1;
};
type Step = Pick<Raised, 'place' | 'conv' | 'person' | 'readSeq'> & { readonly at: number };

/** Everything that the appends and raises of one commit write, a list for each table. What its entries do to members is folded before. */
export class CommitColumns {
  readonly #keys: CommitKeys;
  readonly #appends: { readonly place: number; readonly conv: number | null; readonly append: Append }[] = [];
  readonly #entries: { readonly place: number; readonly entry: Entry }[] = [];
  readonly #stays: Stay[] = [];
  readonly #changed: Changed[] = [];
  readonly #raised: Raised[] = [];
  readonly #marked: { readonly conv: number; readonly person: number }[] = [];
  readonly #steps: Step[] = [];
  readonly #created = new Map<ConversationId, number>();

  constructor(keys: CommitKeys) {
    this.#keys = keys;
  }

  get isEmpty(): boolean {
    return this.#appends.length === 0 && this.#raised.length === 0;
  }

  add(append: Append, place: number): void {
    const { conversation, expect, entries, state } = append;
    const isNew = expect.seq === 0;
    this.#appends.push({ place, conv: isNew ? null : this.#conv(conversation), append });
    if (isNew) this.#created.set(conversation, place);
    const here = { place, conv: null, begins: 0 } as const;
    const sentLater = new Map<PersonId, number>();
    // Backwards, so that at each entry it is known how many messages an author sent after it.
    for (const entry of entries.toReversed()) {
      if (entry.kind === 'message') sentLater.set(entry.author, (sentLater.get(entry.author) ?? 0) + 1);
      // Whoever joins has nothing unread from before; whoever comes back goes on from the count they left with.
      if (entry.kind === 'add') {
        const { person } = bodyOf('add', entry);
        const readMine = (sentBy(state, person) - (sentLater.get(person) ?? 0)) as Marker['readMine'];
        const read = { readSeq: entry.seq, readOrd: entry.ord, readMine, receivedSeq: entry.seq, toldSeq: nothingRead.toldSeq };
        this.#raised.push({ ...here, begins: 1, person: this.#person(person), sentMine: 0, ...read });
      }
    }
    for (const entry of entries) {
      this.#entries.push({ place, entry });
      this.#foldMembers(place, entry, state);
    }
    for (const author of sentLater.keys())
      this.#raised.push({ ...here, person: this.#person(author), sentMine: sentBy(state, author), ...nothingRead });
  }

  /** Raises of one marker, oldest first. */
  raise(raises: readonly MarkerRaise[]): void {
    const [first] = raises;
    if (!first) return;
    const place = this.#created.get(first.conversation) ?? null;
    const conv = this.#keys.conversations.get(first.conversation) ?? null;
    if (place === null && conv === null) return;
    const person = this.#person(first.person);
    let merged = nothingRead;
    for (const { marker, readAt } of raises) {
      // A step is kept only where the mark moves: an older wish leaves no trace.
      if (readAt !== null && marker.readSeq > merged.readSeq)
        this.#steps.push({ place, conv, person, readSeq: marker.readSeq, at: readAt });
      merged = mergeMarkers(merged, marker);
    }
    this.#raised.push({ place, conv, person, sentMine: 0, begins: 0, ...merged });
    // Of a conversation that begins in this commit nobody knows yet, and hears of all of it.
    if (conv !== null) this.#marked.push({ conv, person });
  }

  #foldMembers(place: number, entry: Entry, { members }: LogState): void {
    const { seq } = entry;
    const begun = { place, joinedSeq: seq, untilSeq: null, leftFace: null };
    if (entry.kind === 'create') {
      for (const { person, role } of bodyOf('create', entry).members)
        this.#stays.push({ ...begun, person: this.#person(person), seesSeq: null, role });
    } else if (entry.kind === 'add') {
      const { person, role } = bodyOf('add', entry);
      this.#stays.push({ ...begun, person: this.#person(person), seesSeq: seesSeqOf(members.get(person), seq), role });
    } else if (entry.kind === 'remove') {
      const { person } = bodyOf('remove', entry);
      const leftFace = leftFaceText(members.get(person), seq);
      // Who is banned need not have been here.
      if (leftFace !== null) Object.assign(this.#openStay(place, this.#person(person)), { untilSeq: seq + 1, leftFace });
    } else if (entry.kind === 'role') {
      const { person, role } = bodyOf('role', entry);
      this.#openStay(place, this.#person(person)).role = role;
    }
  }

  #openStay(place: number, person: number): { untilSeq: number | null; role: string | null; leftFace: string | null } {
    const isIt = (stay: Stay | Changed): boolean => stay.place === place && stay.person === person && stay.untilSeq === null;
    const known = this.#stays.findLast(isIt) ?? this.#changed.find(isIt);
    if (known) return known;
    const changed: Changed = { place, person, untilSeq: null, role: null, leftFace: null };
    this.#changed.push(changed);
    return changed;
  }

  #person(person: PersonId): number {
    const key = this.#keys.people.get(person);
    if (key === undefined) throw new RangeError('an entry of an unknown person');
    return key;
  }

  #device(device: DeviceId): number {
    const key = this.#keys.devices.get(device);
    if (key === undefined) throw new RangeError('an entry of an unknown device');
    return key;
  }

  #conv(conversation: ConversationId): number {
    const key = this.#keys.conversations.get(conversation);
    if (key === undefined) throw new RangeError('an append to an unknown conversation');
    return key;
  }

  /** One statement for all of it, of the parts that there are. @param notes whether it is written down that others must be told */
  statement(notes: boolean): Statement {
    const creates = this.#created.size > 0;
    const parts: CommitParts = {
      creates,
      moves: this.#appends.length > this.#created.size,
      begins: this.#stays.length > 0,
      changes: this.#changed.length > 0,
      steps: this.#steps.length > 0,
      raises: this.#raised.length > 0,
      notes,
    };
    const values = [
      ...(this.#appends.length > 0 ? [...this.#appendValues(), ...this.#entryValues()] : []),
      ...(parts.begins ? this.#stayValues() : []),
      ...(parts.changes ? this.#changedValues() : []),
      ...(parts.raises ? this.#raisedValues() : []),
      ...(parts.steps ? this.#stepValues() : []),
      ...(notes ? [numberArray(this.#marked.map(({ conv }) => conv)), numberArray(this.#marked.map(({ person }) => person))] : []),
    ];
    return { text: commitText(parts), values };
  }

  #appendValues(): string[] {
    const all = this.#appends;
    const latest = ({ entries }: Append): number =>
      entries.reduce((activity, { kind, ts }) => (kind === 'message' ? Math.max(activity, ts) : activity), 0);
    return [
      numberArray(all.map(({ place }) => place)),
      numberArray(all.map(({ conv }) => conv)),
      textArray(all.map(({ append }) => append.conversation)),
      numberArray(all.map(({ append }) => conversationTypes[append.state.type ?? 'group'])),
      textArray(all.map(({ append }) => append.state.title)),
      textArray(all.map(({ append }) => (isDescribed(append) ? groupText(append.state.group) : null))),
      numberArray(all.map(({ append }) => append.expect.seq)),
      bytesArray(all.map(({ append }) => bytesOf(append.expect.chain))),
      numberArray(all.map(({ append }) => append.state.head.seq)),
      bytesArray(all.map(({ append }) => bytesOf(append.state.head.chain))),
      numberArray(all.map(({ append }) => append.state.ord)),
      numberArray(all.map(({ append }) => append.state.memberSeq)),
      numberArray(all.map(({ append }) => latest(append))),
    ];
  }

  #entryValues(): string[] {
    const all = this.#entries;
    return [
      numberArray(all.map(({ place }) => place)),
      numberArray(all.map(({ entry }) => entry.seq)),
      numberArray(all.map(({ entry }) => entryKinds[entry.kind])),
      numberArray(all.map(({ entry }) => this.#person(entry.author))),
      numberArray(all.map(({ entry }) => this.#device(entry.device))),
      numberArray(all.map(({ entry }) => entry.n)),
      numberArray(all.map(({ entry }) => entry.target)),
      numberArray(all.map(({ entry }) => entry.ord)),
      numberArray(all.map(({ entry }) => entry.mine)),
      numberArray(all.map(({ entry }) => entry.memberSeq)),
      numberArray(all.map(({ entry }) => entry.ts)),
      bytesArray(all.map(({ entry }) => bytesOf(entry.digest))),
      bytesArray(all.map(({ entry }) => bytesOf(entry.chain))),
      bytesArray(all.map(({ entry }) => (entry.salt === null ? null : bytesOf(entry.salt)))),
      textArray(all.map(({ entry }) => entry.body)),
    ];
  }

  #stayValues(): string[] {
    const all = this.#stays;
    return [
      numberArray(all.map(({ place }) => place)),
      numberArray(all.map(({ person }) => person)),
      numberArray(all.map(({ joinedSeq }) => joinedSeq)),
      numberArray(all.map(({ seesSeq }) => seesSeq)),
      numberArray(all.map(({ untilSeq }) => untilSeq)),
      textArray(all.map(({ role }) => role)),
      textArray(all.map(({ leftFace }) => leftFace)),
    ];
  }

  #changedValues(): string[] {
    const all = this.#changed;
    return [
      numberArray(all.map(({ place }) => place)),
      numberArray(all.map(({ person }) => person)),
      numberArray(all.map(({ untilSeq }) => untilSeq)),
      textArray(all.map(({ role }) => role)),
      textArray(all.map(({ leftFace }) => leftFace)),
    ];
  }

  #raisedValues(): string[] {
    const raised = this.#raised;
    return [
      numberArray(raised.map(({ place }) => place)),
      numberArray(raised.map(({ conv }) => conv)),
      numberArray(raised.map(({ person }) => person)),
      numberArray(raised.map(({ sentMine }) => sentMine)),
      numberArray(raised.map(({ begins }) => begins)),
      numberArray(raised.map(({ readSeq }) => readSeq)),
      numberArray(raised.map(({ readOrd }) => readOrd)),
      numberArray(raised.map(({ readMine }) => readMine)),
      numberArray(raised.map(({ receivedSeq }) => receivedSeq)),
      numberArray(raised.map(({ toldSeq }) => toldSeq)),
    ];
  }

  #stepValues(): string[] {
    const steps = this.#steps;
    return [
      numberArray(steps.map(({ place }) => place)),
      numberArray(steps.map(({ conv }) => conv)),
      numberArray(steps.map(({ person }) => person)),
      numberArray(steps.map(({ readSeq }) => readSeq)),
      numberArray(steps.map(({ at }) => at)),
    ];
  }
}

function isDescribed({ expect, entries }: Append): boolean {
  return expect.seq === 0 || entries.some(concernsGroup);
}
