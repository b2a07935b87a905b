import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import { KeyCache } from '../sql/key-cache.ts';

class KeyTable<Id extends string> extends KeyCache<Id> {
  readonly #selectKey: StatementSync;
  readonly #selectId: StatementSync;

  constructor(database: DatabaseSync, table: 'person' | 'device' | 'conversation') {
    super();
    this.#selectKey = database.prepare(`select id from ${table} where public_id = ?`);
    this.#selectId = database.prepare(`select public_id from ${table} where id = ?`);
  }

  keyOf(id: Id): number | null {
    const known = this.knownKey(id);
    if (known !== undefined) return known;
    const row = this.#selectKey.get(id) as { id: number } | undefined;
    if (!row) return null;
    this.learn(id, row.id);
    return row.id;
  }

  idOf(key: number): Id {
    const known = this.knownId(key);
    if (known !== undefined) return known;
    const row = this.#selectId.get(key) as { public_id: Id } | undefined;
    if (!row) throw new RangeError(`no row has the key ${key}`);
    this.learn(row.public_id, key);
    return row.public_id;
  }
}

/** Public ids outside, integers inside. */
export class SqliteKeys {
  readonly people: KeyTable<PersonId>;
  readonly devices: KeyTable<DeviceId>;
  readonly conversations: KeyTable<ConversationId>;
  readonly #insertDevice: StatementSync;

  constructor(database: DatabaseSync) {
    this.people = new KeyTable(database, 'person');
    this.devices = new KeyTable(database, 'device');
    this.conversations = new KeyTable(database, 'conversation');
    this.#insertDevice = database.prepare('insert into device (public_id, created_at) values (?, ?) returning id');
  }

  personKey(person: PersonId): number {
    const key = this.people.keyOf(person);
    if (key === null) throw new RangeError('an entry of an unknown person');
    return key;
  }

  /** A device of the server's own jobs is first seen at its first append. */
  deviceKey(device: DeviceId, at: number): number {
    const known = this.devices.keyOf(device);
    if (known !== null) return known;
    const { id } = this.#insertDevice.get(device, at) as { id: number };
    this.devices.learn(device, id);
    return id;
  }

  forget(): void {
    this.people.forget();
    this.devices.forget();
    this.conversations.forget();
  }
}
