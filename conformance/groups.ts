import type { PackedRow } from '@parlour/protocol/packed-row';
import { Device } from './device.ts';
import type { Person } from './person.ts';
import type { Place } from './place.ts';
import { Unseen } from './rule-case.ts';

export type Membership = { readonly person: Person; readonly row: PackedRow };

/** Every conversation of the members that the operator named, as each of them sees it. */
export async function memberships(place: Place): Promise<readonly Membership[]> {
  const all: Membership[] = [];
  for (const person of await place.members()) {
    using device = await Device.enter(person);
    for (const row of await allRows(device)) all.push({ person, row });
  }
  return all;
}

/** All rows of somebody's list, page by page. */
export async function allRows(device: Device, limit = 256): Promise<readonly PackedRow[]> {
  const rows: PackedRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const before = last === undefined ? {} : { before: { activity: last[9], conversation: last[0] } };
    const page = await device.get('listed', { kind: 'list', limit, ...before });
    rows.push(...page.rows);
    if (!page.more) return rows;
  }
}

export function needsMembers(what: string): Unseen {
  return new Unseen(`it needs ${what}`, '`--members FILE` names people who are in one');
}
