import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import { KeyCache } from '../sql/key-cache.ts';
import type { PostgresDatabase } from './postgres-database.ts';

class KeyTable<Id extends string> extends KeyCache<Id> {
  readonly #database: PostgresDatabase;
  readonly #table: 'person' | 'device' | 'conversation';

  constructor(database: PostgresDatabase, table: 'person' | 'device' | 'conversation') {
    super();
    this.#database = database;
    this.#table = table;
  }

  /** The keys of those that are there. */
  async keysOf(ids: Iterable<Id>): Promise<Map<Id, number>> {
    const found = new Map<Id, number>();
    const missing = new Set<Id>();
    for (const id of ids) {
      const key = this.knownKey(id);
      if (key === undefined) missing.add(id);
      else found.set(id, key);
    }
    if (missing.size === 0) return found;
    const rows = await this.#load('public_id = any($1)', [...missing]);
    for (const { public_id, id } of rows) {
      this.learn(public_id, id);
      found.set(public_id, id);
    }
    return found;
  }

  async keyOf(id: Id): Promise<number | null> {
    return this.knownKey(id) ?? (await this.keysOf([id])).get(id) ?? null;
  }

  /** @returns the id of each of these keys */
  async idsOf(keys: Iterable<number>): Promise<(key: number) => Id> {
    const found = new Map<number, Id>();
    const missing = new Set<number>();
    for (const key of keys) {
      const id = this.knownId(key);
      if (id === undefined) missing.add(key);
      else found.set(key, id);
    }
    if (missing.size > 0) {
      for (const { public_id, id } of await this.#load('id = any($1)', [...missing])) {
        this.learn(public_id, id);
        found.set(id, public_id);
      }
    }
    return (key) => {
      const id = found.get(key);
      if (id === undefined) throw new RangeError(`no ${this.#table} has the key ${key}`);
      return id;
    };
  }

  #load(where: string, wanted: readonly (Id | number)[]): Promise<{ public_id: Id; id: number }[]> {
    return this.#database.read({ text: `select public_id, id from ${this.#table} where ${where}`, values: [wanted] });
  }
}

/** Public ids outside, integers inside. Where another server answers from now on, perhaps of an older state, nothing of this is sure. */
export class PostgresKeys {
  readonly people: KeyTable<PersonId>;
  readonly devices: KeyTable<DeviceId>;
  readonly conversations: KeyTable<ConversationId>;
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.people = new KeyTable(database, 'person');
    this.devices = new KeyTable(database, 'device');
    this.conversations = new KeyTable(database, 'conversation');
    this.#database = database;
    database.onLost(() => {
      for (const table of [this.people, this.devices, this.conversations]) table.forget();
    });
  }

  /** A device of the server's own jobs is first seen at its first append. */
  async deviceKeys(firstSeen: ReadonlyMap<DeviceId, number>): Promise<Map<DeviceId, number>> {
    const known = await this.devices.keysOf(firstSeen.keys());
    if (known.size === firstSeen.size) return known;
    const missing = [...firstSeen].filter(([device]) => !known.has(device)).sort();
    await this.#database.write({
      text: 'insert into device (public_id, created_at) select * from unnest($1::text[], $2::bigint[]) on conflict do nothing',
      values: [missing.map(([device]) => device), missing.map(([, at]) => at)],
    });
    return this.devices.keysOf(firstSeen.keys());
  }
}
