import type { PersonId, RegisterVersion } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { versionCountedBelow } from '@parlour/core/register-sum';
import { type Kysely, sql } from 'kysely';
import type { Register, RegisterPut, RegisterStore, RegistersHead, RegisterWrite } from '../../ports/register-store.ts';
import type { PersonNotes } from './person-notes.ts';
import { prepare, prepareForMany } from './prepared.ts';
import type { Tables } from './tables.ts';

/** Personal state in any SQL engine; standard SQL only. */
export class SqlRegisterStore implements RegisterStore {
  readonly #db: Kysely<Tables>;
  readonly #hot: ReturnType<typeof hotQueries>;
  readonly #notes: PersonNotes | null;

  /** @param notes null where there is nobody else who could not be told */
  constructor(db: Kysely<Tables>, notes: PersonNotes | null = null) {
    this.#db = db;
    this.#notes = notes;
    this.#hot = hotQueries(db);
  }

  async loadRegistersSince(person: PersonId, sinceVer: RegisterVersion, limit: number): Promise<readonly Register[]> {
    return (await this.#hot.since(this.#db, { person, sinceVer, limit })).map(registerOf);
  }

  async loadRegisters(person: PersonId, keys: readonly string[]): Promise<readonly Register[]> {
    return keys.length === 0 ? [] : (await this.#hot.registers(this.#db, { person }, keys)).map(registerOf);
  }

  async loadHead(person: PersonId): Promise<RegistersHead> {
    const [row] = await this.#hot.head(this.#db, { person });
    return { ver: (row?.register_ver ?? 0) as RegisterVersion, sum: row?.sum ?? 0 };
  }

  /** The counter is taken first: where two write at once, its row holds back the second until the first is through. */
  async put(person: PersonId, { key, expectVer, value, step }: RegisterWrite): Promise<RegisterPut> {
    const trx = await this.#db.startTransaction().execute();
    try {
      const [counter] = await this.#hot.takeVersion(trx, { person, step });
      if (counter === undefined) throw new Error('cannot write a register: there is no such person');
      const ver = counter.register_ver as RegisterVersion;
      const [held] = await this.#hot.register(trx, { person, key });
      const current = held === undefined ? null : registerOf(held);
      if ((current?.ver ?? 0) !== expectVer) {
        await trx.rollback().execute();
        return { outcome: 'conflict', current };
      }
      if (current === null) {
        const [counted] = await this.#hot.count(trx, { person: counter.id });
        if (Number(counted?.count ?? 0) >= limits.registersPerPersonMax) {
          await trx.rollback().execute();
          return { outcome: 'full' };
        }
        await this.#hot.create(trx, { person: counter.id, key, ver, value });
      } else {
        await this.#hot.change(trx, { person: counter.id, key, ver, value });
      }
      const note = await this.#notes?.notePerson(trx, counter.id, 'registers');
      await trx.commit().execute();
      if (note !== undefined) this.#notes?.answered([note]);
      return { outcome: 'ok', ver };
    } catch (error) {
      if (!trx.isCommitted && !trx.isRolledBack) await trx.rollback().execute();
      throw error;
    }
  }
}

function hotQueries(db: Kysely<Tables>) {
  return {
    since: prepare(db, (builder, { person, sinceVer, limit }: { person: PersonId; sinceVer: RegisterVersion; limit: number }) =>
      builder
        .selectFrom('register')
        .innerJoin('person', 'person.id', 'register.person')
        .select(['key', 'ver', 'value'])
        .where('person.public_id', '=', person)
        .where('ver', '>', sinceVer)
        .orderBy('ver')
        // SQLite plans a statement anew at each run where a bare parameter is its limit.
        .limit(sql<number>`cast(${limit} as integer)`),
    ),
    register: prepare(db, (builder, { person, key }: { person: PersonId; key: string }) =>
      builder
        .selectFrom('register')
        .innerJoin('person', 'person.id', 'register.person')
        .select(['key', 'ver', 'value'])
        .where('person.public_id', '=', person)
        .where('key', '=', key),
    ),
    registers: prepareForMany(db, (builder, { person }: { person: PersonId }, keys: readonly string[]) =>
      builder
        .selectFrom('register')
        .innerJoin('person', 'person.id', 'register.person')
        .select(['key', 'ver', 'value'])
        .where('person.public_id', '=', person)
        .where('key', 'in', keys),
    ),
    head: prepare(db, (builder, { person }: { person: PersonId }) =>
      builder
        .selectFrom('person')
        .select([
          'register_ver',
          sql<number>`cast(coalesce((select sum(ver % ${sql.lit(versionCountedBelow)}) from register where register.person = person.id), 0) as bigint)`.as(
            'sum',
          ),
        ])
        .where('public_id', '=', person),
    ),
    takeVersion: prepare(db, (builder, { person, step }: { person: PersonId; step: number }) =>
      builder
        .updateTable('person')
        .set((expression) => ({ register_ver: expression('register_ver', '+', step) }))
        .where('public_id', '=', person)
        .returning(['id', 'register_ver']),
    ),
    count: prepare(db, (builder, { person }: { person: number }) =>
      builder
        .selectFrom('register')
        .select((expression) => expression.fn.countAll().as('count'))
        .where('person', '=', person),
    ),
    create: prepare(
      db,
      (builder, { person, key, ver, value }: { person: number; key: string; ver: RegisterVersion; value: string | null }) =>
        builder.insertInto('register').values({ person, key, ver, value }),
    ),
    change: prepare(
      db,
      (builder, { person, key, ver, value }: { person: number; key: string; ver: RegisterVersion; value: string | null }) =>
        builder.updateTable('register').set({ ver, value }).where('person', '=', person).where('key', '=', key),
    ),
  };
}

function registerOf({ key, ver, value }: { readonly key: string; readonly ver: number; readonly value: string | null }): Register {
  return { key, ver: ver as RegisterVersion, value };
}
