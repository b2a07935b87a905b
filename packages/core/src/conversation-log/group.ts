import type { PersonId } from '../ids.ts';
import type { BodyOf, DescribeBody, EntryKind, RulesBody } from './entry.ts';
import { groupActs, type Permissions, usualPermissions } from './permissions.ts';

/** `joining`: whoever joins sees what comes from then on; `all`: what was before, too. */
export type NewcomersSee = 'joining' | 'all';

/** How a group presents itself. */
export type GroupFace = {
  readonly title: string | null;
  readonly about: string;
  /** Degrees on the colour wheel; null where nobody chose one. */
  readonly hue: number | null;
};

/** What a group is beside its members, its title and what is said in it: the fold of the entries that are about the group itself. */
export type GroupState = Omit<GroupFace, 'title'> & {
  readonly permissions: Permissions;
  readonly newcomersSee: NewcomersSee;
  /** Who cannot come back until they are pardoned, the longest banned first. */
  readonly banned: readonly PersonId[];
};

/** What a group is of which nobody said anything, and what a direct conversation is. */
export const plainGroup: GroupState = { about: '', hue: null, permissions: usualPermissions, newcomersSee: 'joining', banned: [] };

/** [GRP-1] Total, and the same object where nothing changes. */
export function applyToGroup<Kind extends EntryKind>(group: GroupState, kind: Kind, body: BodyOf[Kind]): GroupState {
  const said = { kind, body } as { [Each in EntryKind]: { readonly kind: Each; readonly body: BodyOf[Each] } }[EntryKind];
  switch (said.kind) {
    case 'create': {
      const { about, hue, rules } = said.body;
      return about === undefined && hue === undefined && rules === undefined ? group : ruled(described(group, { about, hue }), rules ?? {});
    }
    case 'describe':
      return described(group, said.body);
    case 'rules':
      return ruled(group, said.body);
    case 'remove': {
      const { person, ban } = said.body;
      return ban && !group.banned.includes(person) ? { ...group, banned: [...group.banned, person] } : group;
    }
    case 'pardon': {
      const { person } = said.body;
      return { ...group, banned: group.banned.filter((banned) => banned !== person) };
    }
    default:
      return group;
  }
}

function described(group: GroupState, { about, hue }: DescribeBody): GroupState {
  return { ...group, about: about ?? group.about, hue: hue ?? group.hue };
}

function ruled(group: GroupState, { permissions = {}, newcomersSee }: RulesBody): GroupState {
  const changed = Object.fromEntries(groupActs.map((act) => [act, permissions[act] ?? group.permissions[act]])) as Permissions;
  return { ...group, permissions: changed, newcomersSee: newcomersSee ?? group.newcomersSee };
}
