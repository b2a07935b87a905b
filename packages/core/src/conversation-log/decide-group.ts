import { displayNameOf } from '../display-name.ts';
import { type Refusal, refuse } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { limits } from '../limits.ts';
import type { AddBody, CreateBody, DescribeBody, Operation, PardonBody, RemoveBody, RoleBody } from './entry.ts';
import { type GroupAct, isAtLeast, outranks, type Role } from './permissions.ts';
import { currentMembers, isMember, type LogState } from './state.ts';

/** The kinds of operation by which a group is led. */
export type GroupKind = 'add' | 'remove' | 'role' | 'pardon' | 'describe' | 'rules';

/** [GRP-2] Whether a member may do this to the group, on exactly the prefix: who was an admin when they pressed the button may be none any more. */
export function decideGroup(state: LogState, kind: GroupKind, operation: Operation): Refusal | null {
  if (state.type === 'direct') return refuse('members_fixed');
  const { author } = operation;
  switch (kind) {
    case 'add':
      return decideAdd(state, author, JSON.parse(operation.body));
    case 'remove':
      return decideRemove(state, author, JSON.parse(operation.body));
    case 'role':
      return decideRole(state, author, JSON.parse(operation.body));
    case 'pardon':
      return decidePardon(state, author, JSON.parse(operation.body));
    case 'describe':
      return decideAct(state, author, 'describe') ?? decideTitle(JSON.parse(operation.body));
    case 'rules':
      return roleOf(state, author) === 'owner' ? null : keptTo('rules', 'owner');
  }
}

/** A title that shows nothing, or turns what stands around it, is none; a client takes out what does not belong there before it sends. */
function decideTitle({ title }: DescribeBody): Refusal | null {
  return title === undefined || (title !== '' && displayNameOf(title) === title) ? null : refuse('malformed', { field: 'title' });
}

/** [GRP-3] Whoever begins a group owns it, and names no other owner. */
export function decideCreate({ author }: Operation, { type, members }: CreateBody): Refusal | null {
  if (members.length > limits.membersMax) return refuse('conversation_full', { membersMax: limits.membersMax });
  if (type === 'direct') return null;
  const own = members.find(({ person }) => person === author);
  if (own?.role !== 'owner' || new Set(members.map(({ person }) => person)).size < members.length)
    return refuse('malformed', { field: 'members' });
  return null;
}

/** Whether the rules let the author do this. What only owners may do, whatever the rules say, is asked for by `roleOf`. */
export function decideAct(state: LogState, author: PersonId, act: GroupAct): Refusal | null {
  const least = state.group.permissions[act];
  return isAtLeast(roleOf(state, author), least) ? null : keptTo(act, least);
}

function keptTo(act: GroupAct | 'roles' | 'rules', least: Role): Refusal {
  return refuse('not_allowed', { act, least });
}

function roleOf(state: LogState, person: PersonId): Role {
  return state.members.get(person)?.role ?? 'member';
}

function decideAdd(state: LogState, author: PersonId, { person, role }: AddBody): Refusal | null {
  const kept = decideAct(state, author, 'add');
  if (kept) return kept;
  if (role !== 'member' && roleOf(state, author) !== 'owner') return keptTo('roles', 'owner');
  if (isMember(state, person)) return refuse('member_already');
  if (state.group.banned.includes(person)) return refuse('member_banned');
  return state.members.size >= limits.membersMax ? refuse('conversation_full', { membersMax: limits.membersMax }) : null;
}

/** To take oneself out is to leave, and needs nobody's leave but the group's: somebody must own it. */
function decideRemove(state: LogState, author: PersonId, { person, ban }: RemoveBody): Refusal | null {
  if (person === author) return ban ? refuse('malformed', { field: 'ban' }) : decideOwnersLeft(state, author);
  const kept = decideAct(state, author, 'remove');
  if (kept) return kept;
  const isHere = isMember(state, person);
  if (isHere && !outranks(roleOf(state, author), roleOf(state, person))) return refuse('rank_too_low');
  if (!ban) return isHere ? null : refuse('member_missing');
  if (state.group.banned.includes(person)) return refuse('unchanged');
  return state.group.banned.length >= limits.bansMax ? refuse('too_many_bans', { bansMax: limits.bansMax }) : null;
}

/** [GRP-4] Roles are the owners'. Nobody takes an owner's from them; who lays it down leaves another owner. */
function decideRole(state: LogState, author: PersonId, { person, role }: RoleBody): Refusal | null {
  if (roleOf(state, author) !== 'owner') return keptTo('roles', 'owner');
  if (!isMember(state, person)) return refuse('member_missing');
  const before = roleOf(state, person);
  if (before === role) return refuse('unchanged');
  if (person === author) return decideOwnersLeft(state, author);
  return before === 'owner' ? refuse('rank_too_low') : null;
}

/** [GRP-5] A group in which there is anybody has an owner. */
function decideOwnersLeft(state: LogState, leaving: PersonId): Refusal | null {
  if (roleOf(state, leaving) !== 'owner') return null;
  const others = currentMembers(state).filter((member) => member !== leaving);
  return others.length === 0 || others.some((member) => roleOf(state, member) === 'owner') ? null : refuse('owner_needed');
}

function decidePardon(state: LogState, author: PersonId, { person }: PardonBody): Refusal | null {
  return decideAct(state, author, 'remove') ?? (state.group.banned.includes(person) ? null : refuse('unchanged'));
}
