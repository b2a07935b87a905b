import type { DeviceId, LoginId, PersonId, WallMs } from '@parlour/core/ids';
import { wordsOf } from '@parlour/core/name-key';
import { type Kysely, sql } from 'kysely';
import {
  type Credentials,
  type Directory,
  type Login,
  type NewLogin,
  type NewPerson,
  type NewPlaceholder,
  type NewRefreshToken,
  type Person,
  type RefreshExchange,
  type RefreshToken,
  type Standing,
  withdrawn,
} from '../../ports/directory.ts';
import { hotDirectoryQueries, loginColumns, personColumns } from './hot-directory-queries.ts';
import type { PersonNotes } from './person-notes.ts';
import { chunksOf } from './prepared.ts';
import type { Tables } from './tables.ts';
import { UniqueViolation } from './unique-violation.ts';

const parametersMax = 512;

/** `person.placeholder`: nobody has claimed this author yet; or what they were called was removed, and nobody ever will. */
const unclaimed = 1;
const removed = 2;

/** People, logins and devices in any SQL engine; standard SQL only. */
export class SqlDirectory implements Directory {
  readonly #db: Kysely<Tables>;
  readonly #hot: ReturnType<typeof hotDirectoryQueries>;
  readonly #notes: PersonNotes | null;

  /** @param notes of changed profiles; null where there is nobody else who could not be told */
  constructor(db: Kysely<Tables>, notes: PersonNotes | null = null) {
    this.#db = db;
    this.#notes = notes;
    this.#hot = hotDirectoryQueries(db);
  }

  async createPerson(person: NewPerson): Promise<'ok' | 'handle_taken' | 'email_taken'> {
    return this.#db.transaction().execute(async (trx) => {
      const created = await trx
        .insertInto('person')
        .values({ ...rowOf(person), about: person.about, email_key: person.emailKey, password_hash: person.passwordHash, placeholder: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      if (created !== undefined) {
        await replaceWords(trx, created.id, person.nameKey);
        return 'ok';
      }
      const sameHandle = await trx.selectFrom('person').select('id').where('handle_key', '=', person.handleKey).executeTakeFirst();
      return sameHandle === undefined ? 'email_taken' : 'handle_taken';
    });
  }

  async hasPeople(): Promise<boolean> {
    const found = await this.#db.selectFrom('person').select('id').where('placeholder', '=', 0).limit(1).executeTakeFirst();
    return found !== undefined;
  }

  async createPlaceholders(people: readonly NewPlaceholder[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      for (const person of people) {
        const created = await trx
          .insertInto('person')
          .values({ ...rowOf(person), about: '', email_key: null, password_hash: null, placeholder: unclaimed })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst();
        if (created !== undefined) await replaceWords(trx, created.id, person.nameKey);
      }
    });
  }

  async claimPlaceholder(
    person: PersonId,
    { emailKey, passwordHash }: { readonly emailKey: string; readonly passwordHash: string },
  ): Promise<'ok' | 'email_taken' | 'not_a_placeholder'> {
    const claim = this.#db.transaction().execute(async (trx) => {
      const taken = await trx.selectFrom('person').select('id').where('email_key', '=', emailKey).executeTakeFirst();
      const placeholder = await trx
        .selectFrom('person')
        .select('id')
        .where('public_id', '=', person)
        .where('placeholder', '=', unclaimed)
        .executeTakeFirst();
      if (placeholder === undefined) return 'not_a_placeholder';
      if (taken !== undefined) return 'email_taken';
      // Asked again in the write itself: of two who saw it unclaimed, one claims it.
      const claimed = await trx
        .updateTable('person')
        .set({ email_key: emailKey, password_hash: passwordHash, placeholder: 0 })
        .where('id', '=', placeholder.id)
        .where('placeholder', '=', unclaimed)
        .returning('id')
        .executeTakeFirst();
      return claimed === undefined ? 'not_a_placeholder' : 'ok';
    });
    return unlessTaken(claim, 'email_taken');
  }

  async removePlaceholder(person: PersonId): Promise<'ok' | 'not_a_placeholder'> {
    return this.#db.transaction().execute(async (trx) => {
      const handle = `gone-${person}`;
      const changed = await trx
        .updateTable('person')
        .set({ handle, handle_key: handle, display_name: 'Gone', name_key: '', about: '', placeholder: removed })
        .where('public_id', '=', person)
        .where('placeholder', '=', unclaimed)
        .returning('id')
        .executeTakeFirst();
      if (changed === undefined) return 'not_a_placeholder';
      await replaceWords(trx, changed.id, '');
      return 'ok';
    });
  }

  async updateProfile(
    person: PersonId,
    { handle, handleKey, displayName, nameKey, about }: Partial<Pick<Person, 'handle' | 'handleKey' | 'displayName' | 'nameKey' | 'about'>>,
  ): Promise<'ok' | 'handle_taken'> {
    let note: number | undefined;
    const update = this.#db.transaction().execute(async (trx) => {
      if (handleKey !== undefined) {
        const holder = await trx.selectFrom('person').select('public_id').where('handle_key', '=', handleKey).executeTakeFirst();
        if (holder !== undefined && holder.public_id !== person) return 'handle_taken';
      }
      const changes = {
        ...(handle === undefined ? {} : { handle }),
        ...(handleKey === undefined ? {} : { handle_key: handleKey }),
        ...(displayName === undefined ? {} : { display_name: displayName }),
        ...(nameKey === undefined ? {} : { name_key: nameKey }),
        ...(about === undefined ? {} : { about }),
      };
      if (Object.keys(changes).length === 0) return 'ok';
      const changed = await trx.updateTable('person').set(changes).where('public_id', '=', person).returning('id').executeTakeFirst();
      if (changed !== undefined && nameKey !== undefined) await replaceWords(trx, changed.id, nameKey);
      if (changed !== undefined) note = await this.#notes?.notePerson(trx, changed.id, 'profile');
      return 'ok';
    });
    const outcome = await unlessTaken(update, 'handle_taken');
    if (outcome === 'ok' && note !== undefined) this.#notes?.answered([note]);
    return outcome;
  }

  async loadPeople(people: readonly PersonId[]): Promise<readonly Person[]> {
    const found: Person[] = [];
    for (const chunk of chunksOf([...new Set(people)], parametersMax)) {
      found.push(...(await this.#hot.people(this.#db, {}, chunk)).map(personOf));
    }
    return found;
  }

  async findByHandleKey(handleKey: string): Promise<Person | null> {
    const row = await this.#db.selectFrom('person').select(personColumns).where('handle_key', '=', handleKey).executeTakeFirst();
    return row === undefined ? null : personOf(row);
  }

  async findByNamePrefix(prefix: string, limit: number): Promise<readonly Person[]> {
    const rows = await this.#db
      .selectFrom('person')
      .select(personColumns)
      .where('id', 'in', (people) =>
        people.selectFrom('name_word').select('person').where('word', '>=', prefix).where('word', '<', `${prefix}\u{10ffff}`),
      )
      .orderBy(sql`case when placeholder = 0 then 0 else 1 end`)
      .orderBy('name_key')
      .orderBy('public_id')
      .limit(limit)
      .execute();
    return rows.map(personOf);
  }

  async loadCredentials(
    by: { readonly emailKey: string } | { readonly handleKey: string } | { readonly person: PersonId },
  ): Promise<Credentials | null> {
    const query = this.#db.selectFrom('person').select(['public_id', 'password_hash', 'token_version']);
    const found =
      'emailKey' in by
        ? query.where('email_key', '=', by.emailKey)
        : 'handleKey' in by
          ? query.where('handle_key', '=', by.handleKey)
          : query.where('public_id', '=', by.person);
    const row = await found.executeTakeFirst();
    if (row === undefined || row.password_hash === null) return null;
    return { person: row.public_id as PersonId, passwordHash: row.password_hash, tokenVersion: row.token_version };
  }

  async setPasswordHash(person: PersonId, passwordHash: string): Promise<void> {
    await this.#db.updateTable('person').set({ password_hash: passwordHash }).where('public_id', '=', person).execute();
  }

  async raiseTokenVersion(person: PersonId): Promise<number> {
    const row = await this.#db
      .updateTable('person')
      .set((expression) => ({ token_version: expression('token_version', '+', 1) }))
      .where('public_id', '=', person)
      .returning('token_version')
      .executeTakeFirst();
    if (row === undefined) throw new Error('cannot raise the token version: there is no such person');
    return row.token_version;
  }

  async loadTokenVersion(person: PersonId): Promise<number | null> {
    const [row] = await this.#hot.tokenVersion(this.#db, { person });
    return row?.token_version ?? null;
  }

  async loadStanding(login: LoginId): Promise<Standing | null> {
    const [row] = await this.#hot.standing(this.#db, { login });
    if (row === undefined) return null;
    return { person: row.person as PersonId, tokenVersion: row.token_version, endedAt: row.ended_at as WallMs | null };
  }

  async noteLastSeen(people: readonly PersonId[], at: WallMs): Promise<void> {
    for (const chunk of chunksOf([...new Set(people)], parametersMax)) await this.#hot.noteLastSeen(this.#db, { at }, chunk);
  }

  async loadLastSeen(people: readonly PersonId[]): Promise<ReadonlyMap<PersonId, WallMs>> {
    const found = new Map<PersonId, WallMs>();
    for (const chunk of chunksOf([...new Set(people)], parametersMax)) {
      for (const { public_id, last_seen_at } of await this.#hot.lastSeen(this.#db, {}, chunk)) {
        if (last_seen_at !== null) found.set(public_id as PersonId, last_seen_at as WallMs);
      }
    }
    return found;
  }

  async createLogin({ id, person, label, client, address, createdAt, lastUsedAt }: NewLogin): Promise<void> {
    await this.#db
      .insertInto('login')
      .values((expression) => ({
        public_id: id,
        person: expression.selectFrom('person').select('person.id').where('person.public_id', '=', person),
        label,
        client,
        address,
        created_at: createdAt,
        last_used_at: lastUsedAt,
        ended_at: null,
      }))
      .execute();
  }

  async loadLogin(login: LoginId): Promise<Login | null> {
    const [row] = await this.#hot.login(this.#db, { login });
    return row === undefined ? null : loginOf(row);
  }

  async loadLogins(person: PersonId): Promise<readonly Login[]> {
    const rows = await this.#db
      .selectFrom('login')
      .innerJoin('person', 'person.id', 'login.person')
      .select(loginColumns)
      .where('person.public_id', '=', person)
      .where('ended_at', 'is', null)
      .orderBy('last_used_at', 'desc')
      .orderBy('login.public_id')
      .execute();
    return rows.map(loginOf);
  }

  async endLogins(person: PersonId, only: LoginId | null, at: WallMs): Promise<readonly LoginId[]> {
    return this.#db.transaction().execute(async (trx) => {
      let query = trx
        .updateTable('login')
        .set({ ended_at: at })
        .where('person', '=', (people) => people.selectFrom('person').select('person.id').where('person.public_id', '=', person))
        .where('ended_at', 'is', null);
      if (only !== null) query = query.where('public_id', '=', only);
      const ended = await query.returning(['id', 'public_id']).execute();
      for (const { id } of ended) await trx.deleteFrom('refresh_token').where('login', '=', id).execute();
      return ended.map(({ public_id }) => public_id as LoginId);
    });
  }

  async noteLoginUsed(login: LoginId, { at, address }: { readonly at: WallMs; readonly address: string }): Promise<void> {
    await this.#db.updateTable('login').set({ last_used_at: at, address }).where('public_id', '=', login).execute();
  }

  async createRefreshToken(token: NewRefreshToken): Promise<void> {
    await insertRefreshToken(this.#db, token);
  }

  async loadRefreshToken(hash: string): Promise<RefreshToken | null> {
    const row = await this.#db
      .selectFrom('refresh_token')
      .innerJoin('login', 'login.id', 'refresh_token.login')
      .select(['hash', 'login.public_id', 'refresh_token.created_at', 'expires_at', 'used_at'])
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (row === undefined) return null;
    return {
      hash: row.hash,
      login: row.public_id as LoginId,
      createdAt: row.created_at as WallMs,
      expiresAt: row.expires_at as WallMs,
      usedAt: row.used_at as WallMs | null,
    };
  }

  async exchangeRefreshToken(hash: string, { next, graceMs }: RefreshExchange): Promise<'ok' | 'replayed'> {
    return this.#db.transaction().execute(async (trx) => {
      const use = trx.updateTable('refresh_token').where('hash', '=', hash);
      const first = await use.set({ used_at: next.createdAt }).where('used_at', 'is', null).returning('hash').executeTakeFirst();
      if (first === undefined) {
        // Written as it is: whoever shows the same meanwhile waits.
        const used = await use
          .set(({ ref }) => ({ used_at: ref('used_at') }))
          .returning(['login', 'used_at'])
          .executeTakeFirst();
        if (!used?.used_at) return 'replayed';
        const isJustNow = Math.abs(next.createdAt - used.used_at) <= graceMs;
        if (!isJustNow && !(await withdrawFollowing(trx, { hash, login: used.login, usedAt: used.used_at }))) return 'replayed';
      }
      await insertRefreshToken(trx, next);
      return 'ok';
    });
  }

  async forgetRefreshTokens({ expiredBefore, countMax }: { readonly expiredBefore: WallMs; readonly countMax: number }): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('refresh_token')
      .where('hash', 'in', (tokens) =>
        tokens.selectFrom('refresh_token').select('hash').where('expires_at', '<', expiredBefore).orderBy('expires_at').limit(countMax),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async voidRefreshTokens(login: LoginId): Promise<void> {
    await this.#db
      .deleteFrom('refresh_token')
      .where('login', '=', (logins) => logins.selectFrom('login').select('login.id').where('login.public_id', '=', login))
      .execute();
  }

  async bindDevice(
    device: DeviceId,
    { person, login, at }: { readonly person: PersonId; readonly login: LoginId | null; readonly at: WallMs },
  ): Promise<'ok' | 'foreign'> {
    // A device that comes back with its login, as nearly all do, needs no transaction.
    const [known] = await this.#hot.deviceHolder(this.#db, { device });
    if (known !== undefined && known.person === person && known.login === login) return 'ok';
    return this.#db.transaction().execute(async (trx) => {
      await this.#hot.createDevice(trx, { device, person, login, at });
      // Whoever was first to bind it, and be it at this moment, is seen now.
      const [held] = await this.#hot.deviceHolder(trx, { device });
      if (held?.person !== person) return 'foreign';
      if (held.login !== login) await this.#hot.moveDevice(trx, { device, login });
      return 'ok';
    });
  }

  async isDeviceOf(device: DeviceId, person: PersonId): Promise<boolean> {
    const [held] = await this.#hot.deviceHolder(this.#db, { device });
    return held?.person === person;
  }
}

/** Two may want the same at once, each before the other is to be seen: then the key itself tells the second. */
async function unlessTaken<Answer extends string, Taken extends string>(work: Promise<Answer>, taken: Taken): Promise<Answer | Taken> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UniqueViolation) return taken;
    throw error;
  }
}

function personOf(row: Pick<Tables['person'], (typeof personColumns)[number]>): Person {
  return {
    id: row.public_id as PersonId,
    handle: row.handle,
    handleKey: row.handle_key,
    displayName: row.display_name,
    nameKey: row.name_key,
    about: row.about,
    placeholder: row.placeholder !== 0,
  };
}

function loginOf(row: Omit<Tables['login'], 'id' | 'person'> & { readonly person_id: string }): Login {
  return {
    id: row.public_id as LoginId,
    person: row.person_id as PersonId,
    label: row.label,
    client: row.client === 'browser' ? 'browser' : 'program',
    address: row.address,
    createdAt: row.created_at as WallMs,
    lastUsedAt: row.last_used_at as WallMs,
    endedAt: row.ended_at as WallMs | null,
  };
}

function rowOf({ id, handle, handleKey, displayName, nameKey, createdAt }: NewPlaceholder) {
  return {
    public_id: id,
    handle,
    handle_key: handleKey,
    display_name: displayName,
    name_key: nameKey,
    token_version: 1,
    register_ver: 0,
    created_at: createdAt,
  };
}

async function replaceWords(db: Kysely<Tables>, person: number, nameKey: string): Promise<void> {
  await db.deleteFrom('name_word').where('person', '=', person).execute();
  const words = wordsOf(nameKey).map((word) => ({ word, person }));
  if (words.length > 0) await db.insertInto('name_word').values(words).execute();
}

async function insertRefreshToken(db: Kysely<Tables>, { hash, login, createdAt, expiresAt }: NewRefreshToken): Promise<void> {
  await db
    .insertInto('refresh_token')
    .values((expression) => ({
      hash,
      login: expression.selectFrom('login').select('login.id').where('login.public_id', '=', login),
      created_at: createdAt,
      expires_at: expiresAt,
      used_at: null,
    }))
    .execute();
}

/** @returns false where one of them was used */
async function withdrawFollowing(
  trx: Kysely<Tables>,
  { hash, login, usedAt }: { readonly hash: string; readonly login: number; readonly usedAt: number },
): Promise<boolean> {
  const following = trx.selectFrom('refresh_token').select('hash').where('login', '=', login).where('created_at', '>=', usedAt);
  const others = following.where('hash', '<>', hash);
  await trx.updateTable('refresh_token').set({ used_at: withdrawn }).where('hash', 'in', others).where('used_at', 'is', null).execute();
  // Looked at last: one that was used meanwhile was waited for.
  return (await others.where('used_at', '>', withdrawn).executeTakeFirst()) === undefined;
}
