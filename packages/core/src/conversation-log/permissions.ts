export type Role = 'owner' | 'admin' | 'member';

/** What a group can keep to some of its members. Roles and rules are not among them: they are the owners', always. */
export const groupActs = ['write', 'add', 'invite', 'remove', 'describe', 'pin', 'theme', 'delete_others', 'mention_everyone'] as const;
export type GroupAct = (typeof groupActs)[number];

/** The least role that may do it. A group in which only some may write (announcements) is such a table, and no kind of its own. */
export type Permissions = Readonly<Record<GroupAct, Role>>;

export const usualPermissions: Permissions = {
  write: 'member',
  add: 'member',
  invite: 'admin',
  remove: 'admin',
  describe: 'admin',
  pin: 'admin',
  theme: 'admin',
  delete_others: 'admin',
  mention_everyone: 'admin',
};

const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

export function isAtLeast(role: Role, least: Role): boolean {
  return ranks[role] >= ranks[least];
}

/** Nobody acts on whoever stands as high as they do. */
export function outranks(role: Role, other: Role): boolean {
  return ranks[role] > ranks[other];
}
