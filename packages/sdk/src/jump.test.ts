import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import type { Chain, DeviceId, MessageCount, Seq } from '@parlour/core/ids';
import { packRow } from '@parlour/protocol/packed-row';
import { expect, test } from 'vitest';
import type { Asked } from './far-end.contract.ts';
import { author, FarEnd, group, idOf, me, row, start, synced, welcome } from './far-end.contract.ts';

const logLength = 400;
const chainAt = (seq: number) => `${seq}`.padEnd(22, 'A') as Chain;
const positionAt = (seq: number): Position => (seq === 0 ? genesis : { seq: seq as Seq, chain: chainAt(seq) });
/** Up to here one's own messages, from here on another's. */
const ownUntil = 300;
/** The one that this device sends. */
const sentSeq = 4;

function entryAt(seq: number) {
  const own = { author: me.id, device: seq === sentSeq ? idOf('5') : idOf('7'), n: seq === sentSeq ? 1 : seq, mine: seq };
  const by = seq <= ownUntil ? own : { author: author.id, device: idOf('6'), n: seq, mine: seq - ownUntil };
  return { kind: 'message', seq, ...by, ord: seq, memberSeq: 1, ts: 1_000 + seq, chain: chainAt(seq), body: { text: `line ${seq}` } };
}
const rowAt = (seq: number) => ({
  ...row,
  head: positionAt(seq),
  ord: seq as MessageCount,
  mine: Math.min(seq, ownUntil) as MessageCount,
  readSeq: 3 as Seq,
  readOrd: 3 as MessageCount,
  readMine: 3 as MessageCount,
  last: { seq: seq as Seq, author: seq <= ownUntil ? me.id : author.id, ts: row.activity, text: `line ${seq}` },
});

type Range = Asked & { readonly fromSeq: number; readonly untilSeq: number; readonly end: 'first' | 'last'; readonly limit: number };

const rangeOf = (asked: Asked) => rangeUpTo(logLength, asked);

function rangeUpTo(headSeq: number, asked: Asked): object {
  const { fromSeq, untilSeq, end, limit } = asked as Range;
  const until = Math.min(untilSeq, headSeq + 1);
  const from = end === 'first' ? fromSeq : Math.max(fromSeq, until - limit);
  const entries = Array.from({ length: Math.max(0, Math.min(limit, until - from)) }, (_, place) => entryAt(from + place));
  const piece = { fromSeq: from, untilSeq: from + entries.length, previous: positionAt(from - 1), head: positionAt(headSeq), entries };
  return { kind: 'range', conversation: group, ...piece };
}

/** A client that held the first three entries, and hears that there are many more. */
async function startBehind(): Promise<{ end: FarEnd; client: Awaited<ReturnType<typeof start>> }> {
  const end = new FarEnd();
  const answers = { hello: { ...welcome, device: idOf('5') as DeviceId }, ask_people: { kind: 'people', people: [author] }, pull: rangeOf };
  end.answers = { ...answers, sync: synced([rowAt(3)]) };
  const client = await start(end);
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  return { end, client };
}

test('[SDK-15] a tail that begins anew far above counts nothing until the server has: unread is never wrong in between', async () => {
  const { end, client } = await startBehind();
  const shown = new Set<string>();
  client.conversations.subscribe(() => {
    for (const { unread, last } of client.conversations.get()) shown.add(`${unread} at ${last?.seq}`);
  });
  end.answers.look_up = { kind: 'listed', rows: [packRow(rowAt(logLength))], more: false };
  end.say({ kind: 'head', conversation: group, head: positionAt(logLength) });
  await expect.poll(() => client.conversations.get()[0]?.last?.seq).toBe(logLength);
  await client.whenSynced();
  // Whoever listens hears at the end of the turn.
  await expect.poll(() => shown.size).toBeGreaterThan(0);
  expect([...shown]).toEqual([`${logLength - ownUntil} at ${logLength}`]);
});

test('[SDK-11] what was on its way when its place was passed over is not shown twice once that place is looked at', async () => {
  const { end, client } = await startBehind();
  const view = client.conversation(group);
  await expect.poll(() => view.timeline.get().items.length).toBe(3);
  // Sent, and durable as entry 4; the answer is lost, and much has come since.
  await view.send(`line ${sentSeq}`);
  end.answers.look_up = { kind: 'listed', rows: [packRow(rowAt(logLength))], more: false };
  end.say({ kind: 'head', conversation: group, head: positionAt(logLength) });
  await expect.poll(() => view.timeline.get().headSeq).toBe(logLength);
  expect(view.timeline.get().pending.map(({ text }) => text)).toEqual(['line 4']);
  await view.jumpTo(4 as Seq);
  await expect.poll(() => view.timeline.get().items.some((item) => item.seq === 4)).toBe(true);
  expect(view.timeline.get().pending).toEqual([]);
});

test('[SDK-15] a line of a log that the servers have lost is not taken for that of the one in its place, though it was longer', async () => {
  const { end, client } = await startBehind();
  end.answers.look_up = { kind: 'listed', rows: [packRow({ ...rowAt(logLength), title: 'As it is now' })], more: false };
  // Told before the servers lost it, and not reached by what is held here.
  end.answers.sync = synced([{ ...rowAt(logLength - 5), head: { seq: (logLength - 5) as Seq, chain: 'lost'.padEnd(22, 'A') as Chain } }]);
  end.say({ kind: 'head', conversation: group, head: positionAt(logLength) });
  end.say({ kind: 'resync' });
  await expect.poll(() => client.conversations.get()[0]?.title).toBe('As it is now');
  await expect.poll(() => client.conversation(group).timeline.get().headSeq).toBe(logLength);
});

test('[SDK-10] what is told while an answer is on its way, and is newer than that, is asked for as soon as it is here', async () => {
  const { end, client } = await startBehind();
  const view = client.conversation(group);
  await expect.poll(() => view.timeline.get().items.length).toBe(3);
  end.answers.pull = (asked) => {
    queueMicrotask(() => end.say({ kind: 'entries', conversation: group, previous: positionAt(6), entries: [entryAt(7)], memberSeq: 1 }));
    end.answers.pull = (again: Asked) => rangeUpTo(7, again);
    return rangeUpTo(5, asked);
  };
  end.say({ kind: 'head', conversation: group, head: positionAt(5) });
  await expect.poll(() => view.timeline.get().headSeq, { timeout: 10_000 }).toBe(7);
});

test('[SDK-11] what was acknowledged, and passed over, waits until the server has answered since: it may come back without it', async () => {
  const { end, client } = await startBehind();
  const view = client.conversation(group);
  await expect.poll(() => view.timeline.get().items.length).toBe(3);
  end.answers.send = ({ operations = [] }) => ({
    kind: 'sent',
    conversation: group,
    results: operations.map(({ n }) => ({ n, seq: sentSeq })),
  });
  end.answers.look_up = { kind: 'listed', rows: [packRow(rowAt(logLength))], more: false };
  let askedAboveCount = 0;
  let isSilent = true;
  end.answers.pull = (asked: Asked) => {
    if ((asked as Range).fromSeq <= logLength) {
      queueMicrotask(() => end.say({ kind: 'head', conversation: group, head: positionAt(logLength + 1) }));
      return rangeOf(asked);
    }
    askedAboveCount += 1;
    return isSilent ? { kind: 'error', code: 'internal', sentence: '', retryable: true } : rangeUpTo(logLength + 1, asked);
  };
  await view.send(`line ${sentSeq}`);
  end.say({ kind: 'head', conversation: group, head: positionAt(logLength) });
  const pending = () => view.timeline.get().pending.map(({ text }) => text);
  await expect.poll(() => askedAboveCount, { timeout: 10_000 }).toBeGreaterThan(1);
  expect(view.timeline.get().headSeq).toBe(logLength);
  expect(pending()).toEqual([`line ${sentSeq}`]);
  isSilent = false;
  await expect.poll(pending, { timeout: 10_000 }).toEqual([]);
});
