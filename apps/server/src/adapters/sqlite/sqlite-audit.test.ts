import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobDeviceId } from '@parlour/core/conversation-log/chain';
import { decideOperation, factsAtHead } from '@parlour/core/conversation-log/decide';
import type { EntryKind } from '@parlour/core/conversation-log/entry';
import { emptyLog, LogDraft } from '@parlour/core/conversation-log/state';
import type { ConversationId, MessageCount, OperationNumber, PersonId, RegisterVersion, Seq, WallMs } from '@parlour/core/ids';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { digest16, mintSalt, nodeEnvironment } from '../../node-environment.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { SqlRegisterStore } from '../sql/sql-register-store.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { type AuditSummary, SqliteAudit } from './sqlite-audit.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { SqliteLogStore } from './sqlite-log-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'parlour-audit-'));
const sound = join(folder, 'sound.db');
const [ada, grace, alan] = [1, 2, 3].map(() => nodeEnvironment.id() as PersonId) as [PersonId, PersonId, PersonId];
const first = nodeEnvironment.id() as ConversationId;
const second = nodeEnvironment.id() as ConversationId;

type Said = { kind: EntryKind; author: PersonId; body: object };

const messageOf = (author: PersonId, text: string): Said => ({ kind: 'message', author, body: { text } });
const groupOf = (title: string): Said => ({
  kind: 'create',
  author: ada,
  body: { type: 'group', members: [{ person: ada, role: 'owner' }], title },
});
const added = (person: PersonId): Said => ({ kind: 'add', author: ada, body: { person, role: 'member' } });
const removed = (person: PersonId): Said => ({ kind: 'remove', author: ada, body: { person } });

/** Through the core and the port, one append an entry, as the product does it. */
async function say(store: SqliteLogStore, conversation: ConversationId, all: readonly Said[]): Promise<void> {
  let state = emptyLog(conversation);
  for (const [index, { kind, author, body }] of all.entries()) {
    const operation = {
      ...{ conversation, author, kind, target: null, after: null, body: JSON.stringify(body) },
      device: jobDeviceId(digest16, `${conversation} ${author}`),
      n: (index + 1) as OperationNumber,
    };
    const now = (1_000 + index) as WallMs;
    const verdict = decideOperation(state, [], operation, factsAtHead(state.head.chain), { digest16, salt: mintSalt, now });
    if (verdict.verdict !== 'append') throw new Error(`${kind} was not appended: ${JSON.stringify(verdict)}`);
    const draft = new LogDraft(state);
    draft.apply(verdict.entry);
    const append = { conversation, expect: state.head, entries: [verdict.entry], state: draft.state };
    expect(await store.commit({ appends: [append], markers: [] })).toEqual(['ok']);
    state = draft.state;
  }
}

beforeAll(async () => {
  using database = new SqliteDatabase({ file: sound, busyTimeoutMs: 1_000, readOnly: false });
  const db = kyselyOver(database);
  const people = [ada, grace, alan].map((id, index) => ({ id, name: `person${index}` }));
  await new SqlDirectory(db).createPlaceholders(
    people.map(({ id, name }) => ({ id, handle: name, handleKey: name, displayName: name, nameKey: name, createdAt: 0 as WallMs })),
  );
  const store = new SqliteLogStore(database);
  await say(store, first, [
    groupOf('First'),
    added(grace),
    added(alan),
    messageOf(ada, 'one'),
    messageOf(grace, 'two'),
    messageOf(alan, 'three'),
    removed(alan),
    messageOf(grace, 'four'),
    added(alan),
    messageOf(alan, 'five'),
  ]);
  await say(store, second, [groupOf('Second'), messageOf(ada, 'alone')]);
  const marker = {
    ...{ readSeq: 5 as Seq, readOrd: 2 as MessageCount, readMine: 1 as MessageCount },
    ...{ receivedSeq: 8 as Seq, toldSeq: 5 as Seq },
  };
  await store.commit({ appends: [], markers: [{ conversation: first, person: grace, marker, readAt: 5_000 as WallMs }] });
  const registers = new SqlRegisterStore(db);
  for (const key of ['draft', 'settings']) await registers.put(ada, { key, expectVer: 0 as RegisterVersion, value: '1', step: 1 });
});

afterAll(() => rmSync(folder, { recursive: true }));

function auditOf(file: string): AuditSummary {
  using database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: true });
  return new SqliteAudit(database.connection, digest16).run(() => {});
}

function auditAfter(damage: string): AuditSummary {
  const file = join(folder, `${nodeEnvironment.id()}.db`);
  copyFileSync(sound, file);
  onTestFinished(() => rmSync(file));
  {
    using database = new SqliteDatabase({ file, busyTimeoutMs: 1_000, readOnly: false });
    database.connection.exec(`pragma foreign_keys = off; ${damage}`);
  }
  return auditOf(file);
}

test('a sound database has no fault, and is counted', () => {
  expect(auditOf(sound)).toEqual({ conversations: 2, entries: 12, messages: 6, people: 3, registers: 2, faultCount: 0, faults: [] });
});

test('an erased body is no fault: the chain holds without it', () => {
  expect(auditAfter('update entry set body = null, salt = null where conv = 1 and seq = 5').faults).toEqual([]);
});

test.each<[damage: string, sql: string, seq: number | null, what: RegExp]>([
  ['a gap', 'delete from entry where conv = 1 and seq = 5', 5, /the entry is missing; the next there is 6/],
  ['a lost tail', 'delete from entry where conv = 1 and seq = 10', 9, /head is kept as 10; the entries say 9/],
  ['another body', `update entry set body = '{"text":"tw0"}' where conv = 1 and seq = 5`, 5, /not the one that was hashed/],
  ['another salt', `update entry set salt = zeroblob(16) where conv = 1 and seq = 5`, 5, /not the one that was hashed/],
  ['half an erasure', 'update entry set body = null where conv = 1 and seq = 5', 5, /not erased together/],
  ['another digest', 'update entry set body = null, salt = null, digest = zeroblob(16) where conv = 1 and seq = 5', 5, /chain breaks/],
  ['another chain', 'update entry set chain = zeroblob(16) where conv = 1 and seq = 5', 5, /chain breaks/],
  ['another author', 'update entry set author = 3 where conv = 1 and seq = 5', 5, /chain breaks/],
  ['another target', 'update entry set target = 4 where conv = 1 and seq = 5', 5, /chain breaks/],
  ['an author who is not there', 'update entry set author = 99 where conv = 1 and seq = 5', 5, /author \(key 99\).* is not there/],
  ['an unknown kind', 'update entry set kind = 77 where conv = 1 and seq = 5', 5, /the kind 77 is not known/],
  ['ord', 'update entry set ord = 9 where conv = 1 and seq = 5', 5, /ord is kept as 9; the entries say 2/],
  ['mine', 'update entry set mine = 9 where conv = 1 and seq = 8', 8, /mine is kept as 9; the entries say 2/],
  ['memberSeq', 'update entry set member_seq = 2 where conv = 1 and seq = 5', 5, /memberSeq is kept as 2; the entries say 3/],
  ['the head', 'update conversation set head = 11 where id = 1', 10, /head is kept as 11/],
  ['the chain at the head', 'update conversation set chain = zeroblob(16) where id = 1', 10, /chain is kept as "A+"; the entries say/],
  ['the count at the head', 'update conversation set ord = 6 where id = 1', 10, /\(ord\) is kept as 6; the entries say 5/],
  ['the last change of members', 'update conversation set member_seq = 3 where id = 1', 10, /member_seq\) is kept as 3; the entries say 9/],
  ['activity', 'update conversation set activity = 1 where id = 1', 10, /activity is kept as 1; the entries say 1009/],
  ['the title', `update conversation set title = 'Other' where id = 1`, 10, /title is kept as "Other"; the entries say "First"/],
  ['the type', 'update conversation set type = 1 where id = 1', 10, /type is kept as 1; the entries say 2/],
  ['a lost stay', 'delete from member where conv = 1 and person = 2', 2, /is kept as nothing; the entries say until null as member/],
  ['a stay without end', 'update member set until_seq = null where conv = 1 and person = 3 and from_seq = 3', 3, /say until 8 as member/],
  ['a higher role', `update member set role = 'owner' where conv = 1 and person = 2`, 2, /as owner; the entries say/],
  ['an invented stay', `insert into member values (1, 2, 7, null, 'member', null, null)`, 7, /a stay .* the entries do not have/],
  ['own messages of a marker', 'update marker set sent_mine = 7 where conv = 1 and person = 2', 10, /keeps 7 as own messages .* say 2/],
  ['messages read', 'update marker set read_ord = 1 where conv = 1 and person = 2', 5, /counts 1 messages, 1 own .* say 2 and 1/],
  ['own messages read', 'update marker set read_mine = 0 where conv = 1 and person = 2', 5, /counts 2 messages, 0 own .* say 2 and 1/],
  ['a marker beyond the head', 'update marker set received_seq = 99 where conv = 1 and person = 2', 10, /beyond the head/],
  ['a marker that told too much', 'update marker set told_seq = 6 where conv = 1 and person = 2', 5, /told more than it read/],
  ['a lost marker', 'delete from marker where conv = 1 and person = 2', 10, /has no marker; the entries say 2 own/],
  ['a marker of a stranger', 'insert into marker (person, conv) values (2, 2)', 2, /never was a member/],
  ['a reading that the marker does not know', 'insert into marker_step values (1, 2, 9, 1)', 9, /their marker does not say so/],
  ['an empty conversation', 'delete from entry where conv = 2', null, /it has no entries/],
  ['entries of no conversation', 'delete from conversation where id = 2', null, /is not there, and there are rows of it/],
  ['a register counter', 'update person set register_ver = 9 where id = 1', null, /newest register has version 2; the counter says 9/],
  [
    'a register counter of nobody',
    'update person set register_ver = 9 where id = 2',
    null,
    /counter of registers says 9, and there are none/,
  ],
  ['two registers of one version', 'drop index register_by_ver; update register set ver = 2', null, /two registers have one version/],
])('found: %s', (_, sql, seq, what) => {
  const { faults } = auditAfter(sql);
  expect(faults[0]).toMatchObject({ seq, what: expect.stringMatching(what) });
});

test('an operation that stands in two conversations is found without the index that forbids it', () => {
  const { faults } = auditAfter(
    'drop index entry_by_operation; update entry set device = (select device from entry where conv = 1 and seq = 4), n = 4 where conv = 2 and seq = 2',
  );
  expect(faults).toContainEqual({
    where: `conversation ${first}`,
    seq: null,
    what: expect.stringMatching(/operation 4 .* more than one entry/),
  });
});

test('each broken conversation is named once, by its first fault', () => {
  const { faults, faultCount } = auditAfter('update entry set ord = 99 where seq > 1');
  expect(faultCount).toBe(2);
  expect(faults.map(({ where, seq }) => [where, seq])).toEqual([
    [`conversation ${first}`, 2],
    [`conversation ${second}`, 2],
  ]);
});
