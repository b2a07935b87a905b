import type { ConversationId, Digest, PersonId, Salt, Seq } from '@parlour/core/ids';
import { nothingRead } from '@parlour/core/marker';
import { outboxKey } from '@parlour/sdk/store';
import { textOf } from '../apps/server/src/adapters/sql/digest-bytes.ts';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from '../apps/server/src/adapters/sqlite/sqlite-log-store.ts';
import { takePostgresSnapshot } from '../apps/server/src/cli/postgres-snapshot.ts';
import { LogChecker } from '../simulation/log-checker.ts';
import { shownName } from './device.ts';

/** Entries read at a time. */
const pageLength = 1_000;

/** What a data folder or a PostgreSQL holds durably, followed from one look to the next by the checker of the simulation: nothing in it may ever go or change. */
export class DurableLog {
  readonly faults: string[] = [];
  readonly checker = new LogChecker({
    check: (holds, message, conversation) => {
      if (!holds) this.#fault(`${conversation}: ${message()}`);
    },
  });

  get entryCount(): number {
    return this.checker.conversations.reduce((sum, conversation) => sum + this.checker.entriesOf(conversation).length, 0);
  }

  /** Takes in what is new since the last look, in one read transaction, beside a running server or without one. */
  async read(dataFolder: string): Promise<void> {
    await this.#readFile(dataFolderPaths.database(dataFolder));
  }

  /** The same of a PostgreSQL. */
  async readPostgres(url: string): Promise<void> {
    using snapshot = await takePostgresSnapshot(url, { postgresStatementTimeoutMs: 30_000 });
    await this.#readFile(snapshot.file);
  }

  /**
   * A PostgreSQL took the place of another, and lacks what that one wrote last: what is durable now is what this one has, and that must be how the
   * other's logs begin.
   * @returns the names of the entries that are lost
   */
  async failedOver({ formerUrl, url }: { readonly formerUrl: string; readonly url: string }): Promise<string[]> {
    await this.readPostgres(formerUrl);
    const left = new DurableLog();
    await left.readPostgres(url);
    for (const fault of left.faults) this.#fault(`failed over: ${fault}`);
    const lost: string[] = [];
    for (const conversation of this.checker.conversations) {
      const [before, after] = [this.checker.entriesOf(conversation), left.checker.entriesOf(conversation)];
      const head = after.at(-1);
      if (head && before[head.seq - 1]?.chain !== head.chain) this.#fault(`${conversation}: failed over to another log, from ${head.seq}`);
      for (const { seq, device, n } of before.slice(after.length))
        lost.push(shownName(conversation, { seq, key: outboxKey({ device, n }) }));
    }
    this.checker.goBackTo(left.checker.keep());
    return lost;
  }

  async #readFile(file: string): Promise<void> {
    using database = new SqliteDatabase({ file, busyTimeoutMs: 5_000, readOnly: true });
    const store = new SqliteLogStore(database);
    database.tryEnter();
    database.connection.exec('begin');
    try {
      const rows = database.connection.prepare('select id, public_id from conversation').all();
      const found = new Set(rows.map(({ public_id }) => public_id as ConversationId));
      for (const conversation of this.checker.conversations) if (!found.has(conversation)) this.#fault(`${conversation} is gone`);
      for (const { id, public_id } of rows)
        await this.#readLog(database, store, { id: Number(id), conversation: public_id as ConversationId });
    } finally {
      database.connection.exec('rollback');
      database.leave();
    }
  }

  async #readLog(
    database: SqliteDatabase,
    store: SqliteLogStore,
    { id, conversation }: { readonly id: number; readonly conversation: ConversationId },
  ): Promise<void> {
    const evidence = database.connection.prepare('select digest, salt from entry where conv = ? and seq >= ? and seq < ? order by seq');
    for (;;) {
      const fromSeq = (this.checker.entriesOf(conversation).length + 1) as Seq;
      const untilSeq = (fromSeq + pageLength) as Seq;
      const visible = await store.loadRange(conversation, { fromSeq, untilSeq });
      if (visible.length === 0) break;
      const kept = evidence.all(id, fromSeq, untilSeq) as { digest: Uint8Array; salt: Uint8Array | null }[];
      const entries = visible.map((entry, index) => {
        const { digest = new Uint8Array(16), salt = null } = kept[index] ?? {};
        return { ...entry, digest: textOf<Digest>(digest), salt: salt && textOf<Salt>(salt) };
      });
      this.checker.appended({ conversation, entries });
    }
    const [held, seen] = [await store.loadLog(conversation), this.checker.stateOf(conversation)];
    if (held?.head.seq !== seen.head.seq || held.head.chain !== seen.head.chain) {
      this.#fault(
        `${conversation}: its head is ${held?.head.seq} ${held?.head.chain}, where ${seen.head.seq} ${seen.head.chain} was durable`,
      );
    }
    for (const person of seen.members.keys()) await this.#readMarker(store, conversation, person);
  }

  async #readMarker(store: SqliteLogStore, conversation: ConversationId, person: PersonId): Promise<void> {
    const marker = (await store.loadMarker(conversation, person)) ?? nothingRead;
    this.checker.raised({ conversation, person, marker });
    const { readSeq, receivedSeq, toldSeq } = this.checker.markerOf(conversation, person);
    const isBack = marker.readSeq < readSeq || marker.receivedSeq < receivedSeq || marker.toldSeq < toldSeq;
    if (isBack) this.#fault(`${conversation}: a marker of ${person} went back to ${JSON.stringify(marker)}`);
  }

  #fault(what: string): void {
    this.faults.push(what);
  }
}
