import type { ConversationId, MessageCount, PersonId, Seq } from '../ids.ts';
import { bodyOf, type ConversationType, type Entry, genesis, type Position, type Role } from './entry.ts';

/** What a member may see: `fromSeq` up to, not including, `untilSeq`; null while the membership lasts. */
export type VisibleInterval = { readonly fromSeq: Seq; readonly untilSeq: Seq | null };

/** One person's stays in one conversation, oldest first. The last one is open while they are a member. */
export type Member = { readonly role: Role; readonly stays: readonly VisibleInterval[] };

/** The fold of one log: all that is needed to decide what may be appended next. */
export type LogState = {
  readonly conversation: ConversationId;
  /** Null before the `create` entry. */
  readonly type: ConversationType | null;
  readonly title: string | null;
  readonly head: Position;
  readonly ord: MessageCount;
  readonly memberSeq: Seq;
  readonly members: ReadonlyMap<PersonId, Member>;
  /** Messages by each author who has written. */
  readonly sent: ReadonlyMap<PersonId, MessageCount>;
};

export function emptyLog(conversation: ConversationId): LogState {
  return {
    conversation,
    type: null,
    title: null,
    head: genesis,
    ord: 0 as MessageCount,
    memberSeq: 0 as Seq,
    members: new Map(),
    sent: new Map(),
  };
}

export function isMember(state: LogState, person: PersonId): boolean {
  return state.members.get(person)?.stays.at(-1)?.untilSeq === null;
}

export function currentMembers(state: LogState): PersonId[] {
  return [...state.members.keys()].filter((person) => isMember(state, person));
}

export function sentBy(state: LogState, person: PersonId): MessageCount {
  return state.sent.get(person) ?? (0 as MessageCount);
}

/**
 * [LOG-5] Folds a run of entries that follows the state's head. Total: what the log holds was decided before it was written.
 * Copies each map at most once a run, so a batch costs by its own length and not by the number of members.
 */
export function applyRun(state: LogState, run: readonly Entry[]): LogState {
  const last = run.at(-1);
  if (!last) return state;
  let { type, title } = state;
  let members: Map<PersonId, Member> | null = null;
  let sent: Map<PersonId, MessageCount> | null = null;
  for (const entry of run) {
    switch (entry.kind) {
      case 'create': {
        const body = bodyOf('create', entry);
        type = body.type;
        title = body.title ?? null;
        members = new Map(body.members.map(({ person, role }) => [person, { role, stays: [{ fromSeq: entry.seq, untilSeq: null }] }]));
        break;
      }
      case 'message':
        sent ??= new Map(state.sent);
        sent.set(entry.author, entry.mine);
        break;
      case 'add': {
        const { person, role } = bodyOf('add', entry);
        members ??= new Map(state.members);
        const stays = members.get(person)?.stays ?? [];
        members.set(person, { role, stays: [...stays, { fromSeq: entry.seq, untilSeq: null }] });
        break;
      }
      case 'remove': {
        const { person } = bodyOf('remove', entry);
        members ??= new Map(state.members);
        const member = members.get(person);
        if (member) members.set(person, { ...member, stays: endLastStay(member.stays, entry.seq) });
        break;
      }
      case 'notice':
        break;
    }
  }
  return {
    conversation: state.conversation,
    type,
    title,
    head: { seq: last.seq, chain: last.chain },
    ord: last.ord,
    memberSeq: last.memberSeq,
    members: members ?? state.members,
    sent: sent ?? state.sent,
  };
}

/** Who is removed still sees their own removal, and nothing after it. */
function endLastStay(stays: readonly VisibleInterval[], removalSeq: Seq): VisibleInterval[] {
  return stays.map((stay, index) => (index === stays.length - 1 ? { ...stay, untilSeq: (removalSeq + 1) as Seq } : stay));
}
