import { bodyOf, type Entry, entryKinds } from '@parlour/core/conversation-log/entry';
import { sentBy } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import { type Marker, mergeMarkers, nothingRead } from '@parlour/core/marker';
import type { Append, MarkerRaise } from '../../ports/log-store.ts';
import { bytesOf } from '../sql/digest-bytes.ts';
import { conversationTypes } from '../sql/tables.ts';
import { bytesArray, numberArray, textArray } from './array-literal.ts';

/** The keys inside of all that a commit names. A conversation that it creates has none yet. */
export type CommitKeys = {
  readonly people: ReadonlyMap<PersonId, number>;
  readonly devices: ReadonlyMap<DeviceId, number>;
  readonly conversations: ReadonlyMap<ConversationId, number>;
};

type Stay = { readonly place: number; readonly person: number; readonly fromSeq: number; untilSeq: number | null; readonly role: string };
type Ended = { readonly place: number; readonly person: number; readonly untilSeq: number };
/** What becomes of a marker. It counts where the append at `place` wins; without a place it counts by itself. */
type Raised = { readonly place: number | null; readonly conv: number | null; readonly person: number; readonly sentMine: number } & Marker;
type Step = Pick<Raised, 'place' | 'conv' | 'person' | 'readSeq'> & { readonly at: number };

/** Everything that the appends and raises of one commit write, a list for each table. What its entries do to members is folded before. */
export class CommitColumns {
  readonly #keys: CommitKeys;
  readonly #appends: { readonly place: number; readonly conv: number | null; readonly append: Append }[] = [];
  readonly #entries: { readonly place: number; readonly entry: Entry }[] = [];
  readonly #stays: Stay[] = [];
  readonly #ended: Ended[] = [];
  readonly #raised: Raised[] = [];
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
    const here = { place, conv: null };
    const sentLater = new Map<PersonId, number>();
    // Backwards, so that at each entry it is known how many messages an author sent after it.
    for (const entry of entries.toReversed()) {
      if (entry.kind === 'message') sentLater.set(entry.author, (sentLater.get(entry.author) ?? 0) + 1);
      // Whoever joins has nothing unread from before; whoever comes back goes on from the count they left with.
      if (entry.kind === 'add') {
        const { person } = bodyOf('add', entry);
        const readMine = (sentBy(state, person) - (sentLater.get(person) ?? 0)) as Marker['readMine'];
        const read = { readSeq: entry.seq, readOrd: entry.ord, readMine, receivedSeq: entry.seq, toldSeq: nothingRead.toldSeq };
        this.#raised.push({ ...here, person: this.#person(person), sentMine: 0, ...read });
      }
    }
    for (const entry of entries) {
      this.#entries.push({ place, entry });
      this.#foldMembers(place, entry);
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
    this.#raised.push({ place, conv, person, sentMine: 0, ...merged });
  }

  #foldMembers(place: number, entry: Entry): void {
    const { seq } = entry;
    if (entry.kind === 'create') {
      for (const { person, role } of bodyOf('create', entry).members)
        this.#stays.push({ place, person: this.#person(person), fromSeq: seq, untilSeq: null, role });
    } else if (entry.kind === 'add') {
      const { person, role } = bodyOf('add', entry);
      this.#stays.push({ place, person: this.#person(person), fromSeq: seq, untilSeq: null, role });
    } else if (entry.kind === 'remove') {
      const person = this.#person(bodyOf('remove', entry).person);
      const begun = this.#stays.findLast((stay) => stay.place === place && stay.person === person && stay.untilSeq === null);
      if (begun) begun.untilSeq = seq + 1;
      else this.#ended.push({ place, person, untilSeq: seq + 1 });
    }
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

  /** In the order of the parameters of `commitStatement`. */
  values(): string[] {
    return [...this.#appendValues(), ...this.#entryValues(), ...this.#memberValues(), ...this.#markerValues()];
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

  #memberValues(): string[] {
    const [begun, ended] = [this.#stays, this.#ended];
    return [
      numberArray(begun.map(({ place }) => place)),
      numberArray(begun.map(({ person }) => person)),
      numberArray(begun.map(({ fromSeq }) => fromSeq)),
      numberArray(begun.map(({ untilSeq }) => untilSeq)),
      textArray(begun.map(({ role }) => role)),
      numberArray(ended.map(({ place }) => place)),
      numberArray(ended.map(({ person }) => person)),
      numberArray(ended.map(({ untilSeq }) => untilSeq)),
    ];
  }

  #markerValues(): string[] {
    const [raised, steps] = [this.#raised, this.#steps];
    return [
      numberArray(raised.map(({ place }) => place)),
      numberArray(raised.map(({ conv }) => conv)),
      numberArray(raised.map(({ person }) => person)),
      numberArray(raised.map(({ sentMine }) => sentMine)),
      numberArray(raised.map(({ readSeq }) => readSeq)),
      numberArray(raised.map(({ readOrd }) => readOrd)),
      numberArray(raised.map(({ readMine }) => readMine)),
      numberArray(raised.map(({ receivedSeq }) => receivedSeq)),
      numberArray(raised.map(({ toldSeq }) => toldSeq)),
      numberArray(steps.map(({ place }) => place)),
      numberArray(steps.map(({ conv }) => conv)),
      numberArray(steps.map(({ person }) => person)),
      numberArray(steps.map(({ readSeq }) => readSeq)),
      numberArray(steps.map(({ at }) => at)),
    ];
  }
}

/** `unnest` of these parameters, as a table with these columns. */
function unnested(first: number, columns: readonly (readonly [name: string, type: string])[], name: string): string {
  const arrays = columns.map(([, type], index) => `$${first + index}::${type}[]`);
  return `unnest(${arrays.join(', ')}) as ${name} (${columns.map(([column]) => column).join(', ')})`;
}

const columns = (types: Readonly<Record<string, string>>) => Object.entries(types);
const appendColumns = columns({
  place: 'int',
  conv: 'bigint',
  public_id: 'text',
  type: 'int',
  title: 'text',
  expect_head: 'bigint',
  expect_chain: 'bytea',
  head: 'bigint',
  chain: 'bytea',
  ord: 'bigint',
  member_seq: 'bigint',
  activity: 'bigint',
});
const entryColumns = columns({
  place: 'int',
  seq: 'bigint',
  kind: 'int',
  author: 'bigint',
  device: 'bigint',
  n: 'bigint',
  target: 'bigint',
  ord: 'bigint',
  mine: 'bigint',
  member_seq: 'bigint',
  ts: 'bigint',
  digest: 'bytea',
  chain: 'bytea',
  salt: 'bytea',
  body: 'text',
});
const stayColumns = columns({ place: 'int', person: 'bigint', from_seq: 'bigint', until_seq: 'bigint', role: 'text' });
const endedColumns = columns({ place: 'int', person: 'bigint', until_seq: 'bigint' });
const raisedColumns = columns({
  place: 'int',
  conv: 'bigint',
  person: 'bigint',
  sent_mine: 'bigint',
  read_seq: 'bigint',
  read_ord: 'bigint',
  read_mine: 'bigint',
  received_seq: 'bigint',
  told_seq: 'bigint',
});
const stepColumns = columns({ place: 'int', conv: 'bigint', person: 'bigint', read_seq: 'bigint', at: 'bigint' });

const firstOf = (index: number): number =>
  [appendColumns, entryColumns, stayColumns, endedColumns, raisedColumns].slice(0, index).reduce((sum, { length }) => sum + length, 1);
const copied = entryColumns.slice(1).map(([name]) => name);

/**
 * The whole group commit. Rows are locked in the order of their keys, so that commits of several servers wait for one another and never in a ring.
 * Whoever lost finds no row in `won`, and nothing of theirs is written. All parts see the store as it was before the statement.
 */
export const commitStatement = `with append as materialized (select * from ${unnested(firstOf(0), appendColumns, 'a')}),
locked as materialized (
  select c.id, a.place from append a join conversation c on c.id = a.conv
  where c.head = a.expect_head and c.chain = a.expect_chain order by c.id for no key update of c),
moved as (
  update conversation c set head = a.head, chain = a.chain, ord = a.ord, member_seq = a.member_seq, activity = greatest(c.activity, a.activity)
  from append a join locked l on l.place = a.place where c.id = l.id returning c.id, a.place),
created as (
  insert into conversation (public_id, type, title, head, chain, ord, member_seq, activity)
  select public_id, type, title, head, chain, ord, member_seq, activity from append where conv is null order by public_id
  on conflict (public_id) do nothing returning id, public_id),
won as materialized (
  select place, id as conv from moved
  union all select a.place, c.id from created c join append a on a.conv is null and a.public_id = c.public_id),
entries as (
  insert into entry (conv, ${copied.join(', ')})
  select w.conv, ${copied.map((name) => `e.${name}`).join(', ')} from ${unnested(firstOf(1), entryColumns, 'e')} join won w on w.place = e.place),
begun as (
  insert into member (conv, person, from_seq, until_seq, role)
  select w.conv, m.person, m.from_seq, m.until_seq, m.role from ${unnested(firstOf(2), stayColumns, 'm')} join won w on w.place = m.place),
ended as (
  update member m set until_seq = e.until_seq from ${unnested(firstOf(3), endedColumns, 'e')} join won w on w.place = e.place
  where m.conv = w.conv and m.person = e.person and m.until_seq is null),
steps as (
  insert into marker_step (conv, person, read_seq, at)
  select coalesce(w.conv, s.conv), s.person, s.read_seq, s.at from ${unnested(firstOf(5), stepColumns, 's')} left join won w on w.place = s.place
  where coalesce(w.conv, s.conv) is not null and s.read_seq >
    coalesce((select k.read_seq from marker k where k.person = s.person and k.conv = coalesce(w.conv, s.conv)), 0)
  on conflict do nothing),
raised as (
  insert into marker (person, conv, sent_mine, read_seq, read_ord, read_mine, received_seq, told_seq)
  select r.person, coalesce(w.conv, r.conv) as conv, max(r.sent_mine), max(r.read_seq), max(r.read_ord), max(r.read_mine), max(r.received_seq),
    max(r.told_seq) from ${unnested(firstOf(4), raisedColumns, 'r')} left join won w on w.place = r.place
  where coalesce(w.conv, r.conv) is not null group by 1, 2 order by 1, 2
  on conflict (person, conv) do update set
    sent_mine = greatest(marker.sent_mine, excluded.sent_mine),
    read_ord = case when excluded.read_seq > marker.read_seq then excluded.read_ord else marker.read_ord end,
    read_mine = case when excluded.read_seq > marker.read_seq then excluded.read_mine else marker.read_mine end,
    read_seq = greatest(marker.read_seq, excluded.read_seq),
    received_seq = greatest(marker.received_seq, excluded.received_seq),
    told_seq = greatest(marker.told_seq, excluded.told_seq))
select place, conv from won`;
