import type { DatabaseSync } from 'node:sqlite';
import type { Digest16 } from '@parlour/core/environment';
import { auditQueries, LogAudit, type LogFault, markerOf, stayOf, stepOf } from './sqlite-audit-log.ts';
import { type Columns, RowsByConversation, rowsOf } from './sqlite-audit-rows.ts';
import { SqliteKeys } from './sqlite-keys.ts';

/** The first thing wrong in one conversation, or in what belongs to none. */
export type AuditFault = LogFault & { readonly where: string };

export type AuditSummary = {
  readonly conversations: number;
  readonly entries: number;
  readonly messages: number;
  readonly people: number;
  readonly registers: number;
  /** Conversations and people with something wrong. */
  readonly faultCount: number;
  /** The first of them. */
  readonly faults: readonly AuditFault[];
};

const faultsNamedMax = 1_000;
const progressEveryEntries = 50_000;

const repeatedOperations = `select c.public_id, d.public_id, twice.n
  from (select device, n, min(conv) as conv from entry not indexed group by device, n having count(*) > 1) twice
  left join device d on d.id = twice.device left join conversation c on c.id = twice.conv`;
const registerVersions = `select p.public_id, p.register_ver, max(r.ver), count(*), count(distinct r.ver)
  from register r left join person p on p.id = r.person group by r.person`;
const countersWithoutRegisters = `select public_id, register_ver from person
  where register_ver <> 0 and not exists (select 1 from register where person = person.id)`;

/**
 * Reads everything once, in one read transaction, which shows one moment of the store while others go on writing,
 * and compares what is kept with what the entries themselves say.
 */
export class SqliteAudit {
  readonly #database: DatabaseSync;
  readonly #digest16: Digest16;
  readonly #faults: AuditFault[] = [];
  #faultCount = 0;

  constructor(database: DatabaseSync, digest16: Digest16) {
    this.#database = database;
    this.#digest16 = digest16;
  }

  /** @param onProgress is told how many entries were read, now and then */
  run(onProgress: (entryCount: number) => void): AuditSummary {
    this.#database.exec('begin');
    try {
      const totals = this.#auditLogs(onProgress);
      this.#auditOperations();
      this.#auditRegisters();
      const [people, registers] = [this.#count('person'), this.#count('register')];
      return { ...totals, people, registers, faultCount: this.#faultCount, faults: this.#faults };
    } finally {
      this.#database.exec('rollback');
    }
  }

  /** Five tables side by side, each in the order of the conversations: what one conversation keeps is held, never more. */
  #auditLogs(onProgress: (entryCount: number) => void): Pick<AuditSummary, 'conversations' | 'entries' | 'messages'> {
    const keys = new SqliteKeys(this.#database);
    const entries = new RowsByConversation(rowsOf(this.#database, auditQueries.entries), (columns) => columns);
    const stays = new RowsByConversation(rowsOf(this.#database, auditQueries.stays), stayOf);
    const markers = new RowsByConversation(rowsOf(this.#database, auditQueries.markers), markerOf);
    const steps = new RowsByConversation(rowsOf(this.#database, auditQueries.steps), stepOf);
    const tables = [entries, stays, markers, steps];
    const totals = { conversations: 0, entries: 0, messages: 0 };
    for (const columns of rowsOf(this.#database, auditQueries.conversations)) {
      const conv = Number(columns[0]);
      for (const table of tables) this.#noteStrays(table.passBefore(conv));
      const folds = { stays: [...stays.of(conv)], markers: [...markers.of(conv)], steps: [...steps.of(conv)] };
      const audit = new LogAudit({ digest16: this.#digest16, keys, markers: folds.markers });
      let fault: LogFault | null = null;
      for (const entry of entries.of(conv)) {
        fault ??= audit.checkEntry(entry);
        totals.entries += 1;
        if (totals.entries % progressEveryEntries === 0) onProgress(totals.entries);
      }
      fault ??= audit.checkEnd(columns, folds);
      if (fault) this.#note({ where: `conversation ${columns[1]}`, ...fault });
      totals.conversations += 1;
      totals.messages += audit.messageCount;
    }
    for (const table of tables) this.#noteStrays(table.passBefore(Number.POSITIVE_INFINITY));
    return totals;
  }

  #noteStrays(keys: readonly number[]): void {
    for (const key of keys)
      this.#note({ where: `conversation with the key ${key}`, seq: null, what: 'it is not there, and there are rows of it' });
  }

  /** Read from the table itself, not from the index that is there to prevent it. */
  #auditOperations(): void {
    for (const [conversation, device, n] of rowsOf(this.#database, repeatedOperations)) {
      const what = `the operation ${n} of device ${device} stands in more than one entry of the store`;
      this.#note({ where: `conversation ${conversation}`, seq: null, what });
    }
  }

  #auditRegisters(): void {
    for (const row of rowsOf(this.#database, registerVersions)) {
      const what = registerFault(row);
      if (what) this.#note({ where: `person ${row[0]}`, seq: null, what });
    }
    for (const [person, held] of rowsOf(this.#database, countersWithoutRegisters)) {
      this.#note({ where: `person ${person}`, seq: null, what: `the counter of registers says ${held}, and there are none` });
    }
  }

  #note(fault: AuditFault): void {
    this.#faultCount += 1;
    if (this.#faults.length < faultsNamedMax) this.#faults.push(fault);
  }

  #count(table: 'person' | 'register'): number {
    return Number(this.#database.prepare(`select count(*) as count from ${table}`).get()?.count);
  }
}

function registerFault([, held, newest, count, distinct]: Columns): string | null {
  if (count !== distinct) return 'two registers have one version';
  return held === newest ? null : `the newest register has version ${newest}; the counter says ${held}`;
}
