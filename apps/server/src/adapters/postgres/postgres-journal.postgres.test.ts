import { genesis, type Operation } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, PersonId, RegisterVersion, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { digest16, mintSalt, nodeEnvironment } from '../../node-environment.ts';
import { ConversationOwners } from '../../owner/conversation-owners.ts';
import { MemoryBus } from '../memory/memory-bus.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { SqlRegisterStore } from '../sql/sql-register-store.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { PostgresJournal } from './postgres-journal.ts';
import { PostgresLogStore } from './postgres-log-store.ts';
import { TestDatabase } from './test-database.contract.ts';

const newest = { minMs: 0, maxMs: 3_600_000, countMax: 100 };

test('a commit leaves a note of what others must be told, until it is struck out or too old', async () => {
  await using made = await TestDatabase.make();
  await using database = await made.open();
  const journal = new PostgresJournal(database);
  const [ada, ben] = [nodeEnvironment.id() as PersonId, nodeEnvironment.id() as PersonId];
  await new SqlDirectory(kyselyOver(database)).createPlaceholders(
    [ada, ben].map((id) => ({ id, handle: id, handleKey: id, displayName: id, nameKey: id, createdAt: 1 as WallMs })),
  );
  const tools = { environment: nodeEnvironment, digest16, mintSalt, ownersKeptMax: 1_000, marksKept: 64, limits };
  const owners = new ConversationOwners({ store: new PostgresLogStore(database, journal), bus: new MemoryBus(), ...tools });
  const device = nodeEnvironment.id() as DeviceId;
  const common = { author: ada, device, target: null };
  const append = async (conversation: ConversationId, n: number, kind: Operation['kind'], body: object) => {
    const after = kind === 'create' ? genesis : null;
    const operation = { ...common, conversation, n: n as OperationNumber, kind, body: JSON.stringify(body), after };
    return owners.send(conversation, [operation]);
  };
  const [one, two] = [nodeEnvironment.id() as ConversationId, nodeEnvironment.id() as ConversationId];
  const members = [ada, ben].map((person) => ({ person, role: person === ada ? 'owner' : 'member' }));
  await Promise.all([one, two].map((id, index) => append(id, index + 1, 'create', { type: 'group', title: 'g', members })));
  const begun = await journal.loadUntold(newest);
  expect(begun.flatMap(({ conversations }) => conversations).sort()).toEqual([one, two].sort());
  expect(begun.flatMap(({ markers }) => markers)).toEqual([]);
  const answered = journal.takeAnswered();
  expect(answered.toSorted()).toEqual(begun.map(({ note }) => note).sort());
  expect(journal.takeAnswered()).toEqual([]);
  await journal.strikeOut(answered);
  expect(await journal.loadUntold(newest)).toEqual([]);

  await append(one, 3, 'message', { text: 'hello' });
  await owners.mark(one, ben, { readSeq: 2 as Seq, receivedSeq: 2 as Seq, told: true });
  // What is refused, or decided without a commit, is told to nobody.
  expect(await append(one, 3, 'message', { text: 'hello' })).toEqual([{ seq: 2 }]);
  const notes = await journal.loadUntold(newest);
  expect(notes.map(({ conversations, markers }) => ({ conversations, markers }))).toEqual([
    { conversations: [one], markers: [] },
    { conversations: [], markers: [{ conversation: one, person: ben }] },
  ]);
  expect(journal.takeAnswered()).toEqual(notes.map(({ note }) => note));
  expect(await journal.loadUntold({ ...newest, minMs: 60_000 })).toEqual([]);
  await journal.forget({ minMs: 60_000 });
  expect(await journal.loadUntold(newest)).toHaveLength(2);
  expect(await journal.loadUntold({ ...newest, countMax: 1 })).toEqual(notes.slice(0, 1));
  await journal.forget({ minMs: 0 });
  expect(await journal.loadUntold(newest)).toEqual([]);
  await owners.quiet();
  owners.stop();
});

test('what a person changes of their own leaves a note in the same transaction, and what is refused leaves none', async () => {
  await using made = await TestDatabase.make();
  await using database = await made.open();
  const journal = new PostgresJournal(database);
  const directory = new SqlDirectory(kyselyOver(database), journal);
  const registers = new SqlRegisterStore(kyselyOver(database), journal);
  const [ada, ben] = [nodeEnvironment.id() as PersonId, nodeEnvironment.id() as PersonId];
  await directory.createPlaceholders(
    [ada, ben].map((id) => ({ id, handle: id, handleKey: id, displayName: id, nameKey: id, createdAt: 1 as WallMs })),
  );
  const put = async (person: PersonId, expectVer: number) =>
    (await registers.put(person, { key: 'a', expectVer: expectVer as RegisterVersion, value: '1', step: 5 })).outcome;
  const notes = async () => (await journal.loadUntold(newest)).map(({ note: _, ...rest }) => rest);
  const none = { conversations: [], markers: [], registers: [], profiles: [] };
  expect([await put(ada, 0), await put(ben, 7)]).toEqual(['ok', 'conflict']);
  expect(await notes()).toEqual([{ ...none, registers: [{ person: ada, headVer: 5 }] }]);
  // A note tells of what there is when it is found.
  expect(await put(ada, 5)).toBe('ok');
  const twice = { ...none, registers: [{ person: ada, headVer: 10 }] };
  expect(await notes()).toEqual([twice, twice]);
  expect(await directory.updateProfile(ben, { handle: ada, handleKey: ada })).toBe('handle_taken');
  expect(await directory.updateProfile(ben, { displayName: 'Ben' })).toBe('ok');
  expect((await notes()).slice(2)).toEqual([{ ...none, profiles: [ben] }]);
  const answered = journal.takeAnswered();
  expect(answered).toHaveLength(3);
  await journal.strikeOut(answered);
  expect(await notes()).toEqual([]);
});
