import { bodyOf, type Entry } from '@parlour/core/conversation-log/entry';
import { isMember, type LogState } from '@parlour/core/conversation-log/state';
import type { PersonId } from '@parlour/core/ids';

const ranks = { member: 1, admin: 2, owner: 3 } as const;

/** [GRP-2] Whether the rules let this entry stand where it stands; said another way than the server decides it. */
export function mayStand(state: LogState, entry: Entry): boolean {
  const { author } = entry;
  const rankOf = (person: PersonId): number => {
    const member = state.members.get(person);
    return member && isMember(state, person) ? ranks[member.role] : 0;
  };
  const mayDo = (act: keyof typeof state.group.permissions): boolean => rankOf(author) >= ranks[state.group.permissions[act]];
  const owners = [...state.members.keys()].filter((person) => rankOf(person) === ranks.owner);
  const stayOwned = (leaving: PersonId): boolean =>
    owners.some((owner) => owner !== leaving) || [...state.members.keys()].every((person) => person === leaving || rankOf(person) === 0);
  if (state.type !== 'group' && entry.kind !== 'create') return entry.kind === 'message' || entry.kind === 'notice';
  switch (entry.kind) {
    case 'message':
      return mayDo('write');
    case 'add': {
      const { person, role } = bodyOf('add', entry);
      const isFree = rankOf(person) === 0 && !state.group.banned.includes(person);
      return mayDo('add') && isFree && (role === 'member' || owners.includes(author));
    }
    case 'remove': {
      const { person } = bodyOf('remove', entry);
      if (person === author) return !owners.includes(author) || stayOwned(author);
      return mayDo('remove') && rankOf(author) > rankOf(person);
    }
    case 'role': {
      const { person } = bodyOf('role', entry);
      if (!owners.includes(author) || rankOf(person) === 0) return false;
      return person === author ? stayOwned(author) : !owners.includes(person);
    }
    case 'pardon':
      return mayDo('remove') && state.group.banned.includes(bodyOf('pardon', entry).person);
    case 'describe':
      return mayDo('describe');
    case 'rules':
      return owners.includes(author);
    case 'create':
    case 'notice':
      return true;
  }
}
