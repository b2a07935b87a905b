import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeEnvironment } from '../../node-environment.ts';
import type { Append } from '../../ports/log-store.ts';
import { createPeople, Writer } from './one-conversation.contract.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { PostgresLogStore } from './postgres-log-store.ts';
import { TestDatabase } from './test-database.contract.ts';

const conversationCount = 1_000;
const perCommit = 250;
const all = { fromSeq: 1 as Seq, untilSeq: 50 as Seq };

const stack = new AsyncDisposableStack();
let made: TestDatabase;
let database: PostgresDatabase;
let store: PostgresLogStore;
let person: PersonId;
let writer: Writer;
let newest: Append;

const writers: Writer[] = [];

/** All that is asked here. Asked once while there is nothing, so that every plan is one for small tables. */
const questions: Readonly<Record<string, (conversation: ConversationId) => Promise<unknown>>> = {
  'the log': (conversation) => store.loadLog(conversation),
  'a range': (conversation) => store.loadRange(conversation, all),
  marks: (conversation) => store.loadMarks(conversation, all),
  'a row of a list': (conversation) => store.loadRows(person, [conversation]),
  counts: (conversation) => store.loadCountsAt(conversation, person, 2 as Seq),
  'a marker': (conversation) => store.loadMarker(conversation, person),
  'the steps of a marker': (conversation) => store.loadMarkerSteps(conversation, person),
};

beforeAll(async () => {
  made = stack.use(await TestDatabase.make());
  database = stack.use(await made.open({ poolSizeMax: 1 }));
  store = new PostgresLogStore(database);
  [person = nodeEnvironment.id() as PersonId] = await createPeople(database, 1);
  for (const ask of Object.values(questions)) await ask(nodeEnvironment.id() as ConversationId);
  while (writers.length < conversationCount) {
    const begun = Array.from({ length: perCommit }, () => new Writer(nodeEnvironment.id() as ConversationId, person));
    const created = begun.map((each) => each.creation());
    await store.commit({ appends: created, markers: [] });
    const said = created.map(({ state }, index) => (begun[index] as Writer).says(state, 'one', 'two'));
    await store.commit({ appends: said, markers: [] });
    writers.push(...begun);
    writer = begun[0] as Writer;
    newest = said[0] as Append;
  }
});
afterAll(() => stack.disposeAsync());

/** How many rows the server has touched in its tables meanwhile. */
async function rowsTouched(work: () => Promise<unknown>): Promise<number> {
  const count = async (): Promise<number> => {
    await database.read({ text: 'select pg_stat_force_next_flush()', values: [] });
    const text = 'select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as touched from pg_stat_user_tables';
    return (await made.query<{ touched: number }>(text))[0]?.touched ?? 0;
  };
  const before = await count();
  await work();
  return (await count()) - before;
}

test.each(Object.keys(questions))(
  'of a thousand conversations, %s reads the rows of one, by a plan from when there was none',
  async (name) => {
    const ask = questions[name];
    if (!ask) throw new RangeError('no such question');
    const answer = await rowsTouched(() => ask(writer.conversation));
    expect(answer).toBeLessThan(50);
  },
);

test('so does a commit', async () => {
  const touched = await rowsTouched(() => store.commit({ appends: [writer.says(newest.state, 'three')], markers: [] }));
  expect(touched).toBeGreaterThan(0);
  expect(touched).toBeLessThan(50);
});
