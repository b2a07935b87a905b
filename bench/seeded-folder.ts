import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directConversationId, jobDeviceId } from '@parlour/core/conversation-log/chain';
import { decideOperation, factsAtHead } from '@parlour/core/conversation-log/decide';
import type { CreateBody, Entry, EntryKind } from '@parlour/core/conversation-log/entry';
import { emptyLog, LogDraft } from '@parlour/core/conversation-log/state';
import { isRefusal } from '@parlour/core/errors';
import type { ConversationId, DeviceId, LoginId, OperationNumber, PersonId, WallMs } from '@parlour/core/ids';
import { JwtAccessTokens } from '../apps/server/src/adapters/node/access-tokens.ts';
import { Argon2PasswordHasher } from '../apps/server/src/adapters/node/password-hasher.ts';
import { SqlDirectory } from '../apps/server/src/adapters/sql/sql-directory.ts';
import { openDataFolder } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { kyselyOver } from '../apps/server/src/adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../apps/server/src/adapters/sqlite/sqlite-log-store.ts';
import { openPostgresForWriting } from '../apps/server/src/cli/postgres-for-writing.ts';
import type { StoreForWriting } from '../apps/server/src/cli/store-for-writing.ts';
import { digest16, mintSalt, nodeEnvironment } from '../apps/server/src/node-environment.ts';
import type { Directory } from '../apps/server/src/ports/directory.ts';
import type { LogStore } from '../apps/server/src/ports/log-store.ts';

export type SeededPerson = { readonly id: PersonId; readonly token: string; readonly device: DeviceId };

export type SeededFolder = AsyncDisposable & {
  readonly path: string;
  readonly people: readonly SeededPerson[];
};

export type SeedLine = { readonly kind: EntryKind; readonly author: PersonId; readonly body: object; readonly ts?: number };

/** What a workload finds: people who are registered and logged in, and conversations with a past. Written by the product's own parts, before the server starts. */
export class Seeder {
  readonly #store: LogStore;
  readonly people: readonly SeededPerson[];

  constructor(store: LogStore, people: readonly SeededPerson[]) {
    this.#store = store;
    this.people = people;
  }

  direct(one: SeededPerson, other: SeededPerson): ConversationId {
    return directConversationId(digest16, one.id, other.id);
  }

  async createDirect(one: SeededPerson, other: SeededPerson, lines: Iterable<SeedLine> = []): Promise<ConversationId> {
    const id = this.direct(one, other);
    await this.#append(id, { type: 'direct', members: [one, other].map(({ id: person }) => ({ person, role: 'member' })) }, one.id, lines);
    return id;
  }

  async createGroup(title: string, members: readonly SeededPerson[], lines: Iterable<SeedLine> = []): Promise<ConversationId> {
    const [first] = members;
    if (!first) throw new RangeError('a group of nobody');
    const id = nodeEnvironment.id() as ConversationId;
    await this.#append(
      id,
      { type: 'group', title, members: members.map(({ id: person }, index) => ({ person, role: index === 0 ? 'owner' : 'member' })) },
      first.id,
      lines,
    );
    return id;
  }

  async #append(conversation: ConversationId, creation: CreateBody, creator: PersonId, lines: Iterable<SeedLine>): Promise<void> {
    const device = jobDeviceId(digest16, `seed ${conversation}`);
    let n = 0;
    let state = emptyLog(conversation);
    let draft = new LogDraft(state);
    let entries: Entry[] = [];
    const commit = async (): Promise<void> => {
      const [outcome] = await this.#store.commit({
        appends: [{ conversation, expect: state.head, entries, state: draft.state }],
        markers: [],
      });
      if (outcome !== 'ok') throw new Error(`seeding: ${outcome}`);
      state = draft.state;
      draft = new LogDraft(state);
      entries = [];
    };
    const add = (line: SeedLine): void => {
      const operation = {
        conversation,
        author: line.author,
        device,
        n: ++n as OperationNumber,
        kind: line.kind,
        target: null,
        body: JSON.stringify(line.body),
        after: draft.state.head,
        ...(line.ts === undefined ? {} : { ts: line.ts as WallMs }),
      };
      const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), {
        digest16,
        salt: mintSalt,
        now: nodeEnvironment.now(),
      });
      if (verdict.verdict !== 'append') throw new Error(`seeding: ${JSON.stringify(verdict)}`);
      draft.apply(verdict.entry);
      entries.push(verdict.entry);
    };
    add({ kind: 'create', author: creator, body: creation });
    for (const line of lines) {
      add(line);
      if (entries.length >= 1_000) await commit();
    }
    if (entries.length > 0) await commit();
  }
}

export type SeedOptions = {
  /** Of the first person, where somebody is to log in by hand, as bench0@example.org. */
  readonly password?: string;
  /** Where it is kept, where that is not the folder. */
  readonly postgresUrl?: string | undefined;
};

export async function seedFolder(
  peopleCount: number,
  seed: (seeder: Seeder) => Promise<void>,
  { password, postgresUrl }: SeedOptions = {},
): Promise<SeededFolder> {
  const path = mkdtempSync(join(tmpdir(), 'parlour-bench-'));
  using folder = openDataFolder(path);
  await using opened =
    postgresUrl === undefined
      ? openSqlite(folder.databaseFile)
      : await openPostgresForWriting(postgresUrl, { postgresStatementTimeoutMs: 60_000 });
  const { store, directory } = opened;
  const tokens = new JwtAccessTokens(folder.accessTokenKey);
  const people: SeededPerson[] = [];
  for (let index = 0; index < peopleCount; index++) people.push(await seedPerson(index, directory, tokens));
  const [first] = people;
  if (password !== undefined && first) await directory.setPasswordHash(first.id, await hashOf(password));
  await seed(new Seeder(store, people));
  return { path, people, [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }) };
}

function openSqlite(file: string): StoreForWriting {
  const database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: false });
  // Seeding needs no durability: a run that is cut short throws its folder away.
  database.connection.exec('pragma synchronous = off');
  const opened = { store: new SqliteLogStore(database), directory: new SqlDirectory(kyselyOver(database)) };
  return { ...opened, [Symbol.asyncDispose]: async () => database.close() };
}

async function hashOf(password: string): Promise<string> {
  await using hasher = new Argon2PasswordHasher({ concurrencyMax: 1 });
  const hashed = await hasher.hash(password);
  if (isRefusal(hashed)) throw new Error(`seeding: ${hashed.refused}`);
  return hashed.hash;
}

async function seedPerson(index: number, directory: Directory, tokens: JwtAccessTokens): Promise<SeededPerson> {
  const now = nodeEnvironment.now();
  const id = nodeEnvironment.id() as PersonId;
  const login = nodeEnvironment.id() as LoginId;
  const handle = `bench${index}`;
  const outcome = await directory.createPerson({
    id,
    handle,
    handleKey: handle,
    displayName: `Bench ${index}`,
    nameKey: `bench ${index}`,
    about: '',
    emailKey: `${handle}@example.org`,
    passwordHash: 'none',
    createdAt: now,
  });
  if (outcome !== 'ok') throw new Error(`seeding: ${outcome}`);
  await directory.createLogin({
    id: login,
    person: id,
    label: 'bench',
    client: 'program',
    address: '127.0.0.1',
    createdAt: now,
    lastUsedAt: now,
  });
  const token = await tokens.sign({ person: id, login, tokenVersion: 1, expiresAt: (now + 3_600_000) as WallMs });
  // A device that comes back is known; only its first greeting writes.
  const device = nodeEnvironment.id() as DeviceId;
  await directory.bindDevice(device, { person: id, login, at: now });
  return { id, token, device };
}
