import type { PersonId, Seq } from '@parlour/core/ids';
import { packRow } from '@parlour/protocol/packed-row';
import { expect, test } from 'vitest';
import type { Act } from './client.ts';
import { type Asked, author, FarEnd, group, idOf, me, noticesUpTo3, position, row, start, synced, welcome } from './far-end.contract.ts';
import { isRefused } from './refusal.ts';

const chain = 'A'.repeat(22);

/** An online client that holds the log up to seq 3, and what it sent. */
async function opened() {
  const end = new FarEnd();
  const sent: Asked[] = [];
  let results: (frame: Asked) => object[] = () => [];
  end.answers = {
    hello: welcome,
    sync: synced([row]),
    ask_people: { kind: 'people', people: [{ ...author }] },
    pull: {
      kind: 'range',
      conversation: group,
      fromSeq: 1,
      untilSeq: 4,
      previous: { seq: 0, chain },
      head: position(3),
      entries: noticesUpTo3,
    },
    send: (frame) => {
      sent.push(frame);
      return { kind: 'sent', conversation: group, results: results(frame) };
    },
  };
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  const view = client.conversation(group);
  await expect.poll(() => view.timeline.get().state).toBe('ready');
  return { end, client, view, sent, answer: (make: typeof results) => (results = make) };
}

test('[SDK-20] what does not fit is refused here, and nothing is asked of the server', async () => {
  const { view, sent, client } = await opened();
  for (const act of [
    { kind: 'describe', body: { title: '   ' } },
    { kind: 'describe', body: { title: '\u202e\u200b' } },
    { kind: 'describe', body: { title: 'x'.repeat(101) } },
    { kind: 'role', body: { person: 'nobody', role: 'owner' } },
    { kind: 'message', body: { text: 'no act' } },
  ])
    expect(await view.act(act as unknown as Act)).toMatchObject({ refused: 'act_unfit' });
  expect(await client.createGroup({ title: ' ', members: [] })).toMatchObject({ refused: 'act_unfit' });
  expect(sent).toEqual([]);
});

test('[SDK-25] [SDK-11] an act waits among the messages, in one order with them, until its entry is here', async () => {
  const { end, view, sent, answer } = await opened();
  answer(({ operations = [] }) => operations.map(({ n }, index) => ({ n, seq: 4 + index })));
  const acting = view.act({ kind: 'describe', body: { title: ' Beach ' } });
  await view.send('and then');
  await expect
    .poll(() => sent.flatMap(({ operations = [] }) => operations.map((one) => [one.n, (one as { kind?: string }).kind])))
    .toEqual([
      [1, 'describe'],
      [2, 'message'],
    ]);
  expect(view.timeline.get().pendingActs.map(({ n, state, act }) => [n, state, act])).toEqual([
    [1, 'acknowledged', { kind: 'describe', body: { title: 'Beach' } }],
  ]);
  expect(view.timeline.get().pending.map(({ text }) => text)).toEqual(['and then']);
  const entry = { author: me.id, device: idOf('5'), memberSeq: 1, ts: 1_000, mine: 0, ord: 2, chain };
  const entries = [{ ...entry, seq: 4, kind: 'describe', n: 1, body: { title: 'Beach' } }];
  end.say({ kind: 'entries', conversation: group, previous: position(3), entries, memberSeq: 1 });
  expect(await acting).toBeUndefined();
  expect(view.timeline.get().pendingActs).toEqual([]);
});

test('[SDK-25] an act that is refused is told to who asked and holds up nothing', async () => {
  const { view, sent, answer } = await opened();
  answer(({ operations = [] }) => operations.map(({ n }) => (n === 1 ? { n, error: 'not_allowed', retryable: false } : { n, seq: 3 + n })));
  const acting = view.act({ kind: 'rules', body: { newcomersSee: 'all' } });
  await view.send('said after it');
  const done = await acting;
  expect(isRefused(done) && done.refused).toBe('not_allowed');
  await expect.poll(() => view.timeline.get().pendingActs).toEqual([]);
  await expect.poll(() => sent.some(({ operations = [] }) => operations.some(({ n }) => n === 2))).toBe(true);
  expect(view.timeline.get().pending.map(({ state }) => state)).not.toContain('failed');
});

test('[SDK-25] a group that is asked for again after the connection went has the number it had, and is found in the list', async () => {
  const { end, client } = await opened();
  const numbers: number[] = [];
  end.answers.create_group = (frame) => {
    numbers.push((frame as unknown as { n: number }).n);
    if (numbers.length === 1) queueMicrotask(() => end.fail());
    const begun = { ...row, conversation: idOf('7'), title: 'Pier', head: position(1), firstSeq: 1 as Seq };
    return numbers.length === 1 ? { kind: 'pong', serverTime: 1 } : { kind: 'opened', row: packRow(begun as typeof row) };
  };
  const beginning = client.createGroup({ title: 'Pier', members: [author.id] });
  await expect.poll(() => numbers.length).toBe(1);
  await expect.poll(() => end.socketCount).toBe(2);
  end.open();
  expect(await beginning).toBe(idOf('7'));
  expect(numbers).toEqual([1, 1]);
  expect(client.conversations.get().map(({ title }) => title)).toContain('Pier');
});

test('[SDK-16] whoever was added is asked for by name, as is who added them, and once', async () => {
  const { end, client, view } = await opened();
  const asked: unknown[] = [];
  const newcomer = { ...author, id: idOf('7') as PersonId, displayName: 'Cleo' };
  end.answers.ask_people = (frame) => {
    asked.push(...(frame as unknown as { people: PersonId[] }).people);
    return { kind: 'people', people: [newcomer] };
  };
  const entry = { author: author.id, device: idOf('5'), ts: 1_000, mine: 0, ord: 2, chain };
  const added = (seq: number) => ({ ...entry, seq, kind: 'add', n: seq, memberSeq: seq, body: { person: newcomer.id, role: 'member' } });
  end.say({ kind: 'entries', conversation: group, previous: position(3), entries: [added(4)], memberSeq: 4 });
  await expect.poll(() => client.people.get().get(newcomer.id)?.displayName).toBe('Cleo');
  expect(view.timeline.get().items.at(-1)).toMatchObject({ kind: 'add', person: newcomer.id });
  expect(asked).toEqual([newcomer.id]);
});
