import type { DeviceId, LoginId, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Me } from '@parlour/sdk/client';
import { MemoryBus } from '../apps/server/src/adapters/memory/memory-bus.ts';
import { JwtAccessTokens } from '../apps/server/src/adapters/node/access-tokens.ts';
import { secretHash } from '../apps/server/src/adapters/node/secret-hash.ts';
import { SqlDirectory } from '../apps/server/src/adapters/sql/sql-directory.ts';
import { openDataFolder } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { kyselyOver } from '../apps/server/src/adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../apps/server/src/adapters/sqlite/sqlite-log-store.ts';
import { openPostgresForWriting } from '../apps/server/src/cli/postgres-for-writing.ts';
import type { StoreForWriting } from '../apps/server/src/cli/store-for-writing.ts';
import { nodeEnvironment } from '../apps/server/src/node-environment.ts';
import type { Directory } from '../apps/server/src/ports/directory.ts';
import { openLogin } from '../apps/server/src/usecases/open-login.ts';
import { Seeder } from '../bench/seeded-folder.ts';

/** A login that was made on a device before the test begins: what the device kept of it. */
export type SeededLogin = { readonly me: Me; readonly refreshToken: string };

export type PeoplePlan = {
  /** Handles, each with the number of devices its person has. */
  readonly devices: Readonly<Record<string, number>>;
  /** One group of all of them, where it has a title. */
  readonly groupTitle?: string;
  /** Where they are kept, where that is not the folder. */
  readonly postgresUrl?: string;
};

/**
 * People with open logins, written by the product's own parts into a folder that no server has yet: registering many of them would
 * meet the limits that are there to prevent just that.
 */
export async function seedPeople(dataFolder: string, { devices, groupTitle, postgresUrl }: PeoplePlan): Promise<readonly SeededLogin[]> {
  using folder = openDataFolder(dataFolder);
  await using opened = postgresUrl === undefined ? openSqlite(folder.databaseFile) : await openPostgres(postgresUrl);
  const { store, directory } = opened;
  const tokens = new JwtAccessTokens(folder.accessTokenKey);
  const tools = {
    directory,
    tokens,
    bus: new MemoryBus(),
    environment: nodeEnvironment,
    secretHash,
    accessTokenLifetimeMs: limits.accessTokenLifetimeMs,
  };
  const logins: SeededLogin[] = [];
  const people: PersonId[] = [];
  for (const [handle, deviceCount] of Object.entries(devices)) {
    const id = await createPerson(directory, handle);
    people.push(id);
    for (let index = 0; index < deviceCount; index++) {
      const origin = { client: 'program' as const, label: `device ${index + 1}`, address: '127.0.0.1' };
      const { login, refreshToken } = await openLogin(id, 1, origin, tools);
      logins.push({ me: { ...profileOf(id, handle), login: login as LoginId }, refreshToken });
    }
  }
  if (groupTitle !== undefined) {
    const members = people.map((id) => ({ id, token: '', device: nodeEnvironment.id() as DeviceId }));
    await new Seeder(store, members).createGroup(groupTitle, members);
  }
  return logins;
}

function openSqlite(file: string): StoreForWriting {
  const database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: false });
  const opened = { store: new SqliteLogStore(database), directory: new SqlDirectory(kyselyOver(database)) };
  return { ...opened, [Symbol.asyncDispose]: async () => database.close() };
}

function openPostgres(url: string): Promise<StoreForWriting> {
  return openPostgresForWriting(url, { postgresStatementTimeoutMs: 30_000 });
}

async function createPerson(directory: Directory, handle: string): Promise<PersonId> {
  const id = nodeEnvironment.id() as PersonId;
  const outcome = await directory.createPerson({
    id,
    handle,
    handleKey: handle,
    displayName: handle,
    nameKey: handle,
    about: '',
    emailKey: `${handle}@example.org`,
    passwordHash: 'none',
    createdAt: nodeEnvironment.now(),
  });
  if (outcome !== 'ok') throw new Error(`cannot seed ${handle}: ${outcome}`);
  return id;
}

function profileOf(id: PersonId, handle: string): Omit<Me, 'login'> {
  return { id, handle, displayName: handle, about: '', placeholder: false };
}
