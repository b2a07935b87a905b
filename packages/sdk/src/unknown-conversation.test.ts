import { packRow } from '@parlour/protocol/packed-row';
import { expect, test } from 'vitest';
import { author, FarEnd, group, idOf, row, start, synced, welcome } from './far-end.contract.ts';
import { isRefused } from './refusal.ts';

/** Longer than it waits before it asks again. */
const timeout = 30_000;

function refuseOnce({ answers }: FarEnd, kind: string, answer: object): void {
  answers[kind] = () => {
    answers[kind] = answer;
    return { kind: 'error', code: 'internal', sentence: '', retryable: true };
  };
}

test('[SDK-20] what is said in a conversation that is not known here yet goes as soon as it is, not at the next comparison', async () => {
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([]), pull_registers: { kind: 'registers', registers: [], headVer: 0, sum: 0, more: false } };
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  let lookedUpAs = 0;
  end.answers.look_up = ({ id = 0 }) => {
    lookedUpAs ||= id;
    return null as unknown as object;
  };
  expect(isRefused(await client.conversation(group).send('hello'))).toBe(false);
  expect(end.numbers).toEqual([]);
  end.say({ kind: 'listed', re: lookedUpAs, rows: [packRow(row)], more: false });
  await expect.poll(() => end.numbers).toEqual([[1]]);
  expect(end.asked.filter((kind) => kind === 'sync')).toHaveLength(1);
});

test('[SDK-16] a marker of a conversation that is not known here is a sign that there is one', async () => {
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([]), pull_registers: { kind: 'registers', registers: [], headVer: 0, sum: 0, more: false } };
  end.answers.look_up = { kind: 'listed', rows: [packRow(row)], more: false };
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  end.say({ kind: 'marker', conversation: group, person: author.id, readSeq: 0, receivedSeq: 1 });
  await expect.poll(() => client.conversations.get().map(({ id }) => id)).toEqual([group]);
  expect(end.asked.filter((kind) => kind === 'sync')).toHaveLength(1);
});

test('[SDK-12] a marker that comes while the line of its conversation is looked up may be newer than the answer: it is looked up once more', async () => {
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([]), pull_registers: { kind: 'registers', registers: [], headVer: 0, sum: 0, more: false } };
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  const titles = () => client.conversations.get().map(({ title }) => title);
  const lines = ['as it was', 'as it is'].map((title) => packRow({ ...row, title }));
  const asked: number[] = [];
  end.answers.look_up = ({ id = 0 }) => {
    asked.push(id);
    return null as unknown as object;
  };
  const marker = { kind: 'marker', conversation: group, person: author.id, readSeq: 0, receivedSeq: 1 };
  end.say(marker);
  await expect.poll(() => asked).toHaveLength(1);
  end.say(marker);
  end.say({ kind: 'listed', re: asked[0], rows: [lines[0]], more: false });
  await expect.poll(() => asked).toHaveLength(2);
  expect(titles()).toEqual(['as it was']);
  end.say({ kind: 'listed', re: asked[1], rows: [lines[1]], more: false });
  await expect.poll(titles).toEqual(['as it is']);
});

test('[SDK-16] what got no answer as it was looked up is looked up again, and who was not told of is asked again, on the same connection', async () => {
  const end = new FarEnd();
  end.answers = { hello: welcome, sync: synced([]), pull_registers: { kind: 'registers', registers: [], headVer: 0, sum: 0, more: false } };
  refuseOnce(end, 'look_up', { kind: 'listed', rows: [packRow(row)], more: false });
  refuseOnce(end, 'ask_people', { kind: 'people', people: [author] });
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  end.say({ kind: 'marker', conversation: group, person: author.id, readSeq: 0, receivedSeq: 1 });
  await expect.poll(() => client.conversations.get().map(({ id }) => id), { timeout }).toEqual([group]);
  await expect.poll(() => client.people.get().get(author.id)?.displayName, { timeout }).toBe('Ola');
  expect(end.asked.filter((kind) => kind === 'sync')).toHaveLength(1);
});

test('[SDK-16] older pages of the list that got no answer are asked for again', async () => {
  const end = new FarEnd();
  const registers = { kind: 'registers', registers: [], headVer: 0, sum: 0, more: false };
  end.answers = { hello: welcome, sync: { ...synced([row]), conversationCount: 2 }, pull_registers: registers };
  const older = idOf('7') as typeof group;
  refuseOnce(end, 'list', {
    kind: 'listed',
    rows: [packRow({ ...row, conversation: older, activity: 500 as typeof row.activity })],
    more: false,
  });
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await expect.poll(() => client.conversations.get().map(({ id }) => id), { timeout }).toEqual([group, older]);
});
