import type { GroupStanding } from '@parlour/sdk/client';

type Role = NonNullable<GroupStanding['role']>;
const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

/** Whether oneself may do it, as far as is known here; the server has the last word. */
export function mayDo({ role, permissions }: GroupStanding, act: keyof GroupStanding['permissions']): boolean {
  return role !== null && ranks[role] >= ranks[permissions[act]];
}

export function standsAbove(role: Role | null, other: Role): boolean {
  return role !== null && ranks[role] > ranks[other];
}
