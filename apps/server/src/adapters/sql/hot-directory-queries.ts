import type { DeviceId, LoginId, PersonId, WallMs } from '@parlour/core/ids';
import type { Kysely } from 'kysely';
import { prepare, prepareForMany } from './prepared.ts';
import type { Tables } from './tables.ts';

export const personColumns = ['public_id', 'handle', 'handle_key', 'display_name', 'name_key', 'about', 'placeholder'] as const;

/** Of a login joined with its person. */
export const loginColumns = [
  'login.public_id',
  'person.public_id as person_id',
  'label',
  'client',
  'address',
  'login.created_at',
  'last_used_at',
  'ended_at',
] as const;

/** What every request, socket and hello asks, written once. */
export function hotDirectoryQueries(db: Kysely<Tables>) {
  return {
    people: prepareForMany(db, (builder, _: Record<string, never>, people: readonly PersonId[]) =>
      builder.selectFrom('person').select(personColumns).where('public_id', 'in', people),
    ),
    lastSeen: prepareForMany(db, (builder, _: Record<string, never>, people: readonly PersonId[]) =>
      builder.selectFrom('person').select(['public_id', 'last_seen_at']).where('public_id', 'in', people),
    ),
    tokenVersion: prepare(db, (builder, { person }: { person: PersonId }) =>
      builder.selectFrom('person').select('token_version').where('public_id', '=', person),
    ),
    standing: prepare(db, (builder, { login }: { login: LoginId }) =>
      builder
        .selectFrom('login')
        .innerJoin('person', 'person.id', 'login.person')
        .select(['person.public_id as person', 'token_version', 'ended_at'])
        .where('login.public_id', '=', login),
    ),
    login: prepare(db, (builder, { login }: { login: LoginId }) =>
      builder
        .selectFrom('login')
        .innerJoin('person', 'person.id', 'login.person')
        .select(loginColumns)
        .where('login.public_id', '=', login),
    ),
    noteLastSeen: prepareForMany(db, (builder, { at }: { at: WallMs }, people: readonly PersonId[]) =>
      builder
        .updateTable('person')
        .set({ last_seen_at: at })
        .where('public_id', 'in', people)
        .where((where) => where.or([where('last_seen_at', 'is', null), where('last_seen_at', '<', at)])),
    ),
    deviceHolder: prepare(db, (builder, { device }: { device: DeviceId }) =>
      builder
        .selectFrom('device')
        .leftJoin('person', 'person.id', 'device.person')
        .leftJoin('login', 'login.id', 'device.login')
        .select(['person.public_id as person', 'login.public_id as login'])
        .where('device.public_id', '=', device),
    ),
    createDevice: prepare(
      db,
      (builder, { device, person, login, at }: { device: DeviceId; person: PersonId; login: LoginId | null; at: WallMs }) =>
        builder
          .insertInto('device')
          .values((expression) => ({
            public_id: device,
            person: expression.selectFrom('person').select('person.id').where('person.public_id', '=', person),
            login: expression.selectFrom('login').select('login.id').where('login.public_id', '=', login),
            created_at: at,
          }))
          .onConflict((conflict) => conflict.doNothing()),
    ),
    moveDevice: prepare(db, (builder, { device, login }: { device: DeviceId; login: LoginId | null }) =>
      builder
        .updateTable('device')
        .set((expression) => ({ login: expression.selectFrom('login').select('login.id').where('login.public_id', '=', login) }))
        .where('public_id', '=', device),
    ),
  };
}
