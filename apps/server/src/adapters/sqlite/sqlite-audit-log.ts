import { chainOf, digestOf } from '@parlour/core/conversation-log/chain';
import { bodyOf, type Entry, type EntryKind, entryKindOf, genesis } from '@parlour/core/conversation-log/entry';
import { applyToGroup, type GroupState, plainGroup } from '@parlour/core/conversation-log/group';
import { stayFrom } from '@parlour/core/conversation-log/state';
import type { Digest16 } from '@parlour/core/environment';
import type { Chain, Digest, Salt } from '@parlour/core/ids';
import { textOf } from '../sql/digest-bytes.ts';
import { conversationTypes } from '../sql/tables.ts';
import type { Columns } from './sqlite-audit-rows.ts';
import type { SqliteKeys } from './sqlite-keys.ts';

export const auditQueries = {
  conversations: 'select id, public_id, type, title, head, chain, ord, member_seq, activity, group_state from conversation order by id',
  entries: `select conv, seq, kind, author, device, n, target, ord, mine, member_seq, ts, digest, chain, salt, body from entry order by conv, seq`,
  stays: 'select conv, person, from_seq, until_seq, role, coalesce(sees_seq, from_seq), left_face from member order by conv',
  markers: 'select conv, person, read_seq, read_ord, read_mine, sent_mine, received_seq, told_seq from marker order by conv, read_seq',
  steps: 'select conv, person, read_seq from marker_step order by conv',
} as const;

export type Stay = OpenStay & { readonly person: number };
export type KeptMarker = {
  readonly person: number;
  readonly readSeq: number;
  readonly readOrd: number;
  readonly readMine: number;
  readonly sentMine: number;
  readonly receivedSeq: number;
  readonly toldSeq: number;
};
export type Step = { readonly person: number; readonly readSeq: number };

export const stayOf = ([, person, joinedSeq, untilSeq, role, fromSeq, leftFace]: Columns): Stay => ({
  person: Number(person),
  joinedSeq: Number(joinedSeq),
  fromSeq: Number(fromSeq),
  untilSeq: untilSeq === null ? null : Number(untilSeq),
  role: String(role),
  leftFace: leftFace === null ? null : String(leftFace),
});
export const markerOf = ([, person, readSeq, readOrd, readMine, sentMine, receivedSeq, toldSeq]: Columns): KeptMarker => ({
  person: Number(person),
  readSeq: Number(readSeq),
  readOrd: Number(readOrd),
  readMine: Number(readMine),
  sentMine: Number(sentMine),
  receivedSeq: Number(receivedSeq),
  toldSeq: Number(toldSeq),
});
export const stepOf = ([, person, readSeq]: Columns): Step => ({ person: Number(person), readSeq: Number(readSeq) });

/** What the store keeps of one conversation beside its entries. `markers` in order of `readSeq`. */
export type KeptFolds = { readonly stays: readonly Stay[]; readonly markers: readonly KeptMarker[]; readonly steps: readonly Step[] };

export type LogFault = { readonly seq: number | null; readonly what: string };

const fault = (seq: number | null, what: string): LogFault => ({ seq, what });

/** `fromSeq`: from where they see. `leftFace`: as it is kept, null of whoever left before there were any. */
type OpenStay = { joinedSeq: number; fromSeq: number; untilSeq: number | null; role: string; leftFace: string | null };

/** Folds one log anew, entry by entry, and compares every step and the outcome with what is kept. Stops being right at the first fault. */
export class LogAudit {
  readonly #digest16: Digest16;
  readonly #keys: SqliteKeys;
  readonly #markers: readonly KeptMarker[];
  readonly #stays = new Map<number, OpenStay[]>();
  readonly #sent = new Map<number, number>();
  readonly #highest = new Map<number, number>();
  #seq = 0;
  #chain: Chain = genesis.chain;
  #ord = 0;
  #memberSeq = 0;
  #activity = 0;
  #type = 0;
  #title: string | null = null;
  #group: GroupState = plainGroup;
  #markersMet = 0;

  constructor({ digest16, keys, markers }: { digest16: Digest16; keys: SqliteKeys; markers: readonly KeptMarker[] }) {
    this.#digest16 = digest16;
    this.#keys = keys;
    this.#markers = markers;
  }

  get messageCount(): number {
    return this.#ord;
  }

  /** @param columns a row of `auditQueries.entries`; the next one of this conversation */
  checkEntry(columns: Columns): LogFault | null {
    const seq = Number(columns[1]);
    if (this.#seq === 0) {
      const early = this.#checkMarkers();
      if (early) return early;
    }
    if (seq !== this.#seq + 1) return fault(this.#seq + 1, `the entry is missing; the next there is ${seq}`);
    this.#seq = seq;
    const kind = entryKindOf.get(Number(columns[2]));
    if (kind === undefined) return fault(seq, `the kind ${columns[2]} is not known`);
    const what = this.#checkContent(kind, columns) ?? this.#checkOperation(kind, columns) ?? this.#fold(kind, columns);
    return what === null ? this.#checkMarkers() : fault(seq, what);
  }

  /** @param columns a row of `auditQueries.conversations` */
  checkEnd(columns: Columns, { stays, steps }: KeptFolds): LogFault | null {
    const [, , type, title, head, chain, ord, memberSeq, activity, group] = columns;
    if (this.#seq === 0) return fault(null, 'it has no entries');
    const kept: [string, unknown, unknown][] = [
      ['head', head, this.#seq],
      ['chain', textOf<Chain>(chain as Uint8Array), this.#chain],
      ['number of messages (ord)', ord, this.#ord],
      ['last change of members (member_seq)', memberSeq, this.#memberSeq],
      ['activity', activity, this.#activity],
      ['type', type, this.#type],
      ['title', title, this.#title],
      ['group_state', group, this.#group === plainGroup ? null : JSON.stringify(this.#group)],
    ];
    for (const [name, held, counted] of kept) {
      if (held !== counted)
        return fault(this.#seq, `the conversation's ${name} is kept as ${shown(held)}; the entries say ${shown(counted)}`);
    }
    return this.#checkStays(stays) ?? this.#checkKeptMarkers() ?? this.#checkSteps(steps);
  }

  #checkContent(kind: EntryKind, columns: Columns): string | null {
    const [, seq, , author, device, n, target, , , , , digestBytes, chainBytes, saltBytes, body] = columns;
    const digest = textOf<Digest>(digestBytes as Uint8Array);
    if ((saltBytes === null) !== (body === null)) return 'the body and its salt are not erased together';
    if (saltBytes !== null && digestOf(this.#digest16, textOf<Salt>(saltBytes as Uint8Array), String(body)) !== digest) {
      return 'the body is not the one that was hashed';
    }
    let chained: Pick<Entry, 'author' | 'device'>;
    try {
      chained = { author: this.#keys.people.idOf(Number(author)), device: this.#keys.devices.idOf(Number(device)) };
    } catch {
      return `the author (key ${author}) or the device (key ${device}) is not there`;
    }
    const fields = { ...chained, seq, kind, n, target, digest } as Parameters<typeof chainOf>[2];
    this.#chain = chainOf(this.#digest16, this.#chain, fields);
    return this.#chain === textOf<Chain>(chainBytes as Uint8Array)
      ? null
      : 'the chain breaks: it does not follow from the entry before and this one';
  }

  /** A device's numbers rise in a log, and its author was a member. */
  #checkOperation(kind: EntryKind, columns: Columns): string | null {
    const [author, device, n] = [Number(columns[3]), Number(columns[4]), Number(columns[5])];
    const highest = this.#highest.get(device) ?? 0;
    this.#highest.set(device, n);
    if (n <= highest) return `the operation number ${n} comes after ${highest} of the same device`;
    if ((kind === 'create') !== (this.#seq === 1)) return kind === 'create' ? 'a second create' : 'the log does not begin with create';
    return kind === 'create' || this.#isMember(author) ? null : `the author ${this.#keys.people.idOf(author)} was not a member`;
  }

  #fold(kind: EntryKind, columns: Columns): string | null {
    const [, , , author, , , , ord, mine, memberSeq, ts, , , , body] = columns;
    const key = Number(author);
    if (kind === 'message') {
      this.#ord += 1;
      this.#sent.set(key, (this.#sent.get(key) ?? 0) + 1);
      this.#activity = Math.max(this.#activity, Number(ts));
    } else if (kind !== 'notice') {
      const what = this.#foldGroup({ kind, body: body === null ? null : String(body) });
      if (what) return what;
    }
    if (ord !== this.#ord) return `ord is kept as ${ord}; the entries say ${this.#ord}`;
    const sent = this.#sent.get(key) ?? 0;
    if (mine !== sent) return `mine is kept as ${mine}; the entries say ${sent}`;
    return memberSeq === this.#memberSeq ? null : `memberSeq is kept as ${memberSeq}; the entries say ${this.#memberSeq}`;
  }

  #foldGroup(entry: Pick<Entry, 'kind' | 'body'>): string | null {
    try {
      const what = this.#foldMembers(entry);
      if (entry.kind === 'describe') this.#title = bodyOf('describe', entry).title ?? this.#title;
      this.#group = applyToGroup(this.#group, entry.kind, bodyOf(entry.kind, entry));
      return what;
    } catch (error) {
      return `the body of this ${entry.kind} cannot be read: ${error instanceof Error ? error.message : error}`;
    }
  }

  #foldMembers(entry: Pick<Entry, 'kind' | 'body'>): string | null {
    switch (entry.kind) {
      case 'create': {
        const body = bodyOf('create', entry);
        this.#type = conversationTypes[body.type];
        this.#title = body.title ?? null;
        for (const { person, role } of body.members) this.#begin(person, role);
        break;
      }
      case 'add':
        this.#begin(bodyOf('add', entry).person, bodyOf('add', entry).role);
        break;
      case 'remove': {
        const { person, ban } = bodyOf('remove', entry);
        const stay = this.#openStay(person);
        if (!stay && !ban) return `the person ${person} is removed and was not a member`;
        // Who is removed still sees their own removal.
        if (stay) stay.untilSeq = this.#seq + 1;
        if (stay) stay.leftFace = JSON.stringify({ title: this.#title, about: this.#group.about, hue: this.#group.hue });
        break;
      }
      case 'role': {
        const { person, role } = bodyOf('role', entry);
        const stay = this.#openStay(person);
        if (!stay) return `the person ${person} is given a role and is not a member`;
        stay.role = role;
        return null;
      }
      default:
        return null;
    }
    this.#memberSeq = this.#seq;
    return null;
  }

  #openStay(person: string): OpenStay | null {
    const stay = this.#stays.get(this.#personKey(person))?.at(-1);
    return stay?.untilSeq === null ? stay : null;
  }

  #begin(person: string, role: string): void {
    const key = this.#personKey(person);
    const { joinedSeq, fromSeq } = stayFrom(this.#seq as Entry['seq'], this.#group);
    this.#stays.set(key, [...(this.#stays.get(key) ?? []), { joinedSeq, fromSeq, untilSeq: null, role, leftFace: null }]);
  }

  #personKey(person: string): number {
    return this.#keys.personKey(person as Entry['author']);
  }

  #isMember(person: number): boolean {
    return this.#stays.get(person)?.at(-1)?.untilSeq === null;
  }

  /** Unread is a subtraction of these counts, so a marker whose counts are right at its place gives the right unread. */
  #checkMarkers(): LogFault | null {
    for (; this.#markersMet < this.#markers.length; this.#markersMet += 1) {
      const marker = this.#markers[this.#markersMet];
      if (marker === undefined || marker.readSeq > this.#seq) return null;
      const mine = this.#sent.get(marker.person) ?? 0;
      if (marker.readOrd === this.#ord && marker.readMine === mine) continue;
      const held = `${marker.readOrd} messages, ${marker.readMine} own (read_ord, read_mine)`;
      return fault(
        this.#seq,
        `the marker of person ${this.#nameOf(marker.person)} counts ${held}; the entries say ${this.#ord} and ${mine}`,
      );
    }
    return null;
  }

  #checkStays(kept: readonly Stay[]): LogFault | null {
    const held = new Map(kept.map((stay) => [`${stay.person} ${stay.joinedSeq}`, stay]));
    for (const [person, stays] of this.#stays) {
      for (const counted of stays) {
        const { joinedSeq } = counted;
        const stay = held.get(`${person} ${joinedSeq}`);
        held.delete(`${person} ${joinedSeq}`);
        const isSame = stay?.untilSeq === counted.untilSeq && stay.role === counted.role && stay.fromSeq === counted.fromSeq;
        if (isSame && (stay.leftFace ?? counted.leftFace) === counted.leftFace) continue;
        const found = stay === undefined ? 'nothing' : shownStay(stay);
        return fault(joinedSeq, `the stay of person ${this.#nameOf(person)} is kept as ${found}; the entries say ${shownStay(counted)}`);
      }
    }
    const [extra] = held.values();
    return extra ? fault(extra.joinedSeq, `a stay of person ${this.#nameOf(extra.person)} is kept that the entries do not have`) : null;
  }

  #checkKeptMarkers(): LogFault | null {
    for (const marker of this.#markers) {
      const { person, readSeq, receivedSeq, toldSeq, sentMine } = marker;
      const whose = `the marker of person ${this.#nameOf(person)}`;
      if (Math.max(readSeq, receivedSeq, toldSeq) > this.#seq) return fault(this.#seq, `${whose} lies beyond the head`);
      if (receivedSeq < readSeq || toldSeq > readSeq)
        return fault(readSeq, `${whose} has read what it has not received, or told more than it read`);
      const sent = this.#sent.get(person) ?? 0;
      if (sentMine !== sent) return fault(this.#seq, `${whose} keeps ${sentMine} as own messages (sent_mine); the entries say ${sent}`);
      if (!this.#stays.has(person)) return fault(this.#seq, `${whose} is that of somebody who never was a member`);
    }
    const marked = new Set(this.#markers.map(({ person }) => person));
    for (const [person, sent] of this.#sent) {
      if (!marked.has(person))
        return fault(this.#seq, `person ${this.#nameOf(person)} has no marker; the entries say ${sent} own messages (sent_mine)`);
    }
    return null;
  }

  #checkSteps(steps: readonly Step[]): LogFault | null {
    const read = new Map(this.#markers.map(({ person, readSeq }) => [person, readSeq]));
    const early = steps.find(({ person, readSeq }) => readSeq > (read.get(person) ?? 0));
    return early
      ? fault(early.readSeq, `person ${this.#nameOf(early.person)} is noted to have read this, and their marker does not say so`)
      : null;
  }

  #nameOf(person: number): string {
    try {
      return this.#keys.people.idOf(person);
    } catch {
      return `key ${person} (not there)`;
    }
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function shownStay({ untilSeq, role, fromSeq, joinedSeq, leftFace }: OpenStay): string {
  const sees = fromSeq === joinedSeq ? '' : `, seeing from ${fromSeq}`;
  return `until ${untilSeq} as ${role}${sees}${leftFace === null ? '' : ` of ${leftFace}`}`;
}
