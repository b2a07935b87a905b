import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { bodyOf, type Entry, entryKinds } from '@parlour/core/conversation-log/entry';
import type { LogState } from '@parlour/core/conversation-log/state';
import type { PersonId } from '@parlour/core/ids';
import type { Append, AppendOutcome, Commit, MarkerRaise } from '../../ports/log-store.ts';
import { bytesOf } from '../sql/digest-bytes.ts';
import { concernsGroup, groupText, leftFaceText, seesSeqOf } from '../sql/log-rows.ts';
import { conversationTypes } from '../sql/tables.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { isUniqueViolation } from './sqlite-failure.ts';
import type { SqliteKeys } from './sqlite-keys.ts';

/** Writes group commits: one transaction, one sync to disk, whatever it carries. Its caller holds the database's lock. */
export class SqliteLogWriter {
  readonly #database: SqliteDatabase;
  readonly #keys: SqliteKeys;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(database: SqliteDatabase, keys: SqliteKeys) {
    this.#database = database;
    this.#keys = keys;
    this.#statements = prepareStatements(database.connection);
  }

  /** @throws StorageFailure */
  commit(commit: Commit): AppendOutcome[] {
    const together = this.#transaction(() => this.#writeTogether(commit));
    if (together) return together;
    // Some (device, n) is taken: rare, so each append now pays for a transaction of its own, and only the guilty one fails.
    const outcomes = commit.appends.map((append) => this.#transaction(() => [this.#append(append)])?.[0] ?? 'id_taken');
    if (commit.markers.length > 0) this.#transaction(() => this.#writeTogether({ appends: [], markers: commit.markers }));
    return outcomes;
  }

  /** @returns null where a unique key stood in the way; then nothing was written */
  #transaction(work: () => AppendOutcome[]): AppendOutcome[] | null {
    try {
      return this.#database.transaction(work);
    } catch (failure) {
      this.#keys.forget();
      if (isUniqueViolation(failure)) return null;
      throw failure;
    }
  }

  #writeTogether({ appends, markers }: Commit): AppendOutcome[] {
    const outcomes = appends.map((append) => this.#append(append));
    for (const raise of markers) this.#raise(raise);
    return outcomes;
  }

  #append(append: Append): AppendOutcome {
    const { entries } = append;
    const activity = entries.reduce((latest, entry) => (entry.kind === 'message' ? Math.max(latest, entry.ts) : latest), 0);
    const conv = append.expect.seq === 0 ? this.#createConversation(append, activity) : this.#moveHead(append, activity);
    if (conv === null) return 'conflict';
    const sent = new Map<PersonId, number>();
    const raiseSent = (): void => {
      for (const [person, mine] of sent) this.#statements.raiseSent.run(this.#keys.personKey(person), conv, mine);
      sent.clear();
    };
    for (const entry of entries) {
      this.#insertEntry(conv, entry);
      if (entry.kind === 'message') sent.set(entry.author, entry.mine);
      else {
        // Whoever comes back starts from the count they left with, in this very append too.
        raiseSent();
        this.#foldMembers(conv, entry, append.state);
      }
    }
    raiseSent();
    if (append.expect.seq > 0 && entries.some(concernsGroup))
      this.#statements.describeGroup.run(append.state.title, groupText(append.state.group), conv);
    return 'ok';
  }

  #createConversation({ conversation, state }: Append, activity: number): number | null {
    const type = conversationTypes[state.type ?? 'group'];
    const { head, ord, memberSeq, title, group } = state;
    const about = [title, groupText(group)] as const;
    const row = this.#statements.insertConversation.get(
      conversation,
      type,
      ...about,
      head.seq,
      bytesOf(head.chain),
      ord,
      memberSeq,
      activity,
    );
    if (!row) return null;
    const { id } = row as { id: number };
    this.#keys.conversations.learn(conversation, id);
    return id;
  }

  #moveHead({ conversation, expect, state }: Append, activity: number): number | null {
    const conv = this.#keys.conversations.keyOf(conversation);
    if (conv === null) return null;
    const { head, ord, memberSeq } = state;
    const { changes } = this.#statements.moveHead.run(
      head.seq,
      bytesOf(head.chain),
      ord,
      memberSeq,
      activity,
      conv,
      expect.seq,
      bytesOf(expect.chain),
    );
    return changes === 1 ? conv : null;
  }

  #insertEntry(conv: number, entry: Entry): void {
    this.#statements.insertEntry.run(
      conv,
      entry.seq,
      entryKinds[entry.kind],
      this.#keys.personKey(entry.author),
      this.#keys.deviceKey(entry.device, entry.ts),
      entry.n,
      entry.target,
      entry.ord,
      entry.mine,
      entry.memberSeq,
      entry.ts,
      bytesOf(entry.digest),
      bytesOf(entry.chain),
      entry.salt === null ? null : bytesOf(entry.salt),
      entry.body,
    );
  }

  #foldMembers(conv: number, entry: Entry, { members }: LogState): void {
    if (entry.kind === 'create') {
      for (const { person, role } of bodyOf('create', entry).members) {
        this.#statements.insertMember.run(conv, this.#keys.personKey(person), entry.seq, null, role);
      }
    } else if (entry.kind === 'add') {
      const { person, role } = bodyOf('add', entry);
      const key = this.#keys.personKey(person);
      this.#statements.insertMember.run(conv, key, entry.seq, seesSeqOf(members.get(person), entry.seq), role);
      // Whoever joins has nothing unread from before.
      this.#statements.startUnread.run({ person: key, conv, seq: entry.seq, ord: entry.ord });
    } else if (entry.kind === 'remove') {
      const { person } = bodyOf('remove', entry);
      this.#statements.endStay.run(entry.seq + 1, leftFaceText(members.get(person), entry.seq), conv, this.#keys.personKey(person));
    } else if (entry.kind === 'role') {
      const { person, role } = bodyOf('role', entry);
      this.#statements.setRole.run(role, conv, this.#keys.personKey(person));
    }
  }

  #raise({ conversation, person, marker, readAt }: MarkerRaise): void {
    const conv = this.#keys.conversations.keyOf(conversation);
    if (conv === null) return;
    const key = this.#keys.personKey(person);
    const { readSeq, readOrd, readMine, receivedSeq, toldSeq } = marker;
    if (readAt !== null) this.#statements.insertStep.run({ conv, person: key, readSeq, at: readAt });
    this.#statements.raiseMarker.run(key, conv, readSeq, readOrd, readMine, receivedSeq, toldSeq);
  }
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    insertConversation: prepare(
      `insert into conversation (public_id, type, title, group_state, head, chain, ord, member_seq, activity) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (public_id) do nothing returning id`,
    ),
    moveHead: prepare(
      'update conversation set head = ?, chain = ?, ord = ?, member_seq = ?, activity = max(activity, ?) where id = ? and head = ? and chain = ?',
    ),
    insertEntry: prepare(
      `insert into entry (conv, seq, kind, author, device, n, target, ord, mine, member_seq, ts, digest, chain, salt, body)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    describeGroup: prepare('update conversation set title = ?, group_state = ? where id = ?'),
    insertMember: prepare('insert into member (conv, person, from_seq, sees_seq, role) values (?, ?, ?, ?, ?)'),
    setRole: prepare('update member set role = ? where conv = ? and person = ? and until_seq is null'),
    endStay: prepare('update member set until_seq = ?, left_face = ? where conv = ? and person = ? and until_seq is null'),
    startUnread: prepare(
      `insert into marker (person, conv, read_seq, read_ord, read_mine, received_seq) values (:person, :conv, :seq, :ord, 0, :seq)
       on conflict (person, conv) do update set read_seq = :seq, read_ord = :ord, read_mine = sent_mine, received_seq = :seq`,
    ),
    raiseSent: prepare(
      'insert into marker (person, conv, sent_mine) values (?, ?, ?) on conflict (person, conv) do update set sent_mine = excluded.sent_mine',
    ),
    raiseMarker: prepare(
      `insert into marker (person, conv, read_seq, read_ord, read_mine, received_seq, told_seq) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (person, conv) do update set
         read_ord = case when excluded.read_seq > read_seq then excluded.read_ord else read_ord end,
         read_mine = case when excluded.read_seq > read_seq then excluded.read_mine else read_mine end,
         read_seq = max(read_seq, excluded.read_seq),
         received_seq = max(received_seq, excluded.received_seq),
         told_seq = max(told_seq, excluded.told_seq)`,
    ),
    // A step is kept only where the mark moves: an older wish leaves no trace.
    insertStep: prepare(
      `insert into marker_step (conv, person, read_seq, at)
       select :conv, :person, :readSeq, :at
       where :readSeq > coalesce((select read_seq from marker where person = :person and conv = :conv), 0)
       on conflict do nothing`,
    ),
  };
}
