import type { ConversationId, MessageCount, PersonId, Seq } from '../ids.ts';
import { bodyOf, type ConversationType, type Entry, genesis, type Position } from './entry.ts';
import { applyToGroup, type GroupFace, type GroupState, plainGroup } from './group.ts';
import type { Role } from './permissions.ts';

/** What a member may see: `fromSeq` up to, not including, `untilSeq`; null while the membership lasts. */
export type VisibleInterval = { readonly fromSeq: Seq; readonly untilSeq: Seq | null };

/** From when somebody was a member until they were none; what they see of it may begin before they came. */
export type Stay = VisibleInterval & {
  readonly joinedSeq: Seq;
  /** What they still know the group as; null while they stay. */
  readonly leftFace: GroupFace | null;
};

/** One person's stays in one conversation, oldest first. The last one is open while they are a member. */
export type Member = { readonly role: Role; readonly stays: readonly Stay[] };

/** The fold of one log: all that is needed to decide what may be appended next. */
export type LogState = {
  readonly conversation: ConversationId;
  /** Null before the `create` entry. */
  readonly type: ConversationType | null;
  readonly title: string | null;
  readonly group: GroupState;
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
    group: plainGroup,
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
 * [LOG-5] The state while entries are applied one after the other. Total: what the log holds was decided before it was written.
 * It copies each map at most once, so a batch costs by its own length and not by the number of members.
 */
export class LogDraft {
  #state: LogState;
  #members: Map<PersonId, Member> | null = null;
  #sent: Map<PersonId, MessageCount> | null = null;

  constructor(state: LogState) {
    this.#state = state;
  }

  get state(): LogState {
    return this.#state;
  }

  apply(entry: Entry): void {
    let { type, title, group } = this.#state;
    switch (entry.kind) {
      case 'create': {
        const body = bodyOf('create', entry);
        type = body.type;
        title = body.title ?? null;
        group = applyToGroup(group, 'create', body);
        for (const { person, role } of body.members)
          this.#ownMembers().set(person, { role, stays: [{ joinedSeq: entry.seq, fromSeq: entry.seq, untilSeq: null, leftFace: null }] });
        break;
      }
      case 'message':
        this.#sent ??= new Map(this.#state.sent);
        this.#sent.set(entry.author, entry.mine);
        break;
      case 'add': {
        const { person, role } = bodyOf('add', entry);
        const stays = this.#ownMembers().get(person)?.stays ?? [];
        this.#ownMembers().set(person, { role, stays: [...stays, stayFrom(entry.seq, this.#state.group)] });
        break;
      }
      case 'remove': {
        const body = bodyOf('remove', entry);
        const { person } = body;
        group = applyToGroup(group, 'remove', body);
        const member = this.#ownMembers().get(person);
        // Who is banned need not have been here.
        if (member?.stays.at(-1)?.untilSeq === null)
          this.#ownMembers().set(person, { ...member, stays: endLastStay(member.stays, entry.seq, faceOf(this.#state)) });
        break;
      }
      case 'role': {
        const { person, role } = bodyOf('role', entry);
        const member = this.#ownMembers().get(person);
        if (member) this.#ownMembers().set(person, { ...member, role });
        break;
      }
      case 'describe': {
        const body = bodyOf('describe', entry);
        title = body.title ?? title;
        group = applyToGroup(group, 'describe', body);
        break;
      }
      case 'pardon':
      case 'rules':
        group = applyToGroup(group, entry.kind, bodyOf(entry.kind, entry));
        break;
      case 'notice':
        break;
    }
    this.#state = {
      conversation: this.#state.conversation,
      type,
      title,
      group,
      head: { seq: entry.seq, chain: entry.chain },
      ord: entry.ord,
      memberSeq: entry.memberSeq,
      members: this.#members ?? this.#state.members,
      sent: this.#sent ?? this.#state.sent,
    };
  }

  #ownMembers(): Map<PersonId, Member> {
    this.#members ??= new Map(this.#state.members);
    return this.#members;
  }
}

/** Folds a run of entries that follows the state's head. */
export function applyRun(state: LogState, run: readonly Entry[]): LogState {
  const draft = new LogDraft(state);
  for (const entry of run) draft.apply(entry);
  return draft.state;
}

/** [GRP-7] What whoever joins may see is settled as they join, by the rule of that moment; a later one reveals and takes nothing. */
export function stayFrom(joinedSeq: Seq, { newcomersSee }: Pick<GroupState, 'newcomersSee'>): Stay {
  return { joinedSeq, fromSeq: newcomersSee === 'all' ? (1 as Seq) : joinedSeq, untilSeq: null, leftFace: null };
}

function faceOf({ title, group: { about, hue } }: Pick<LogState, 'title' | 'group'>): GroupFace {
  return { title, about, hue };
}

/** Who is removed still sees their own removal, and nothing after it. */
function endLastStay(stays: readonly Stay[], removalSeq: Seq, leftFace: GroupFace): Stay[] {
  return stays.map((stay, index) => (index === stays.length - 1 ? { ...stay, untilSeq: (removalSeq + 1) as Seq, leftFace } : stay));
}
