import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, DeviceId, OperationNumber, RegisterVersion, Seq, WallMs } from '@parlour/core/ids';
import { digestGroupOf } from '@parlour/core/sync-digest';
import { packRow } from '@parlour/protocol/packed-row';
import { expect, test } from 'vitest';
import { type Asked, author, FarEnd, group, idOf, me, row, start, synced, welcome } from './far-end.contract.ts';
import { MemoryStore } from './memory-store.ts';
import { type OutboxItem, outboxKey } from './store.ts';

type Register = { readonly key: string; readonly ver: number; readonly value: string | null };
const isReceived = (value: boolean) => `${value}`;

/** A server that holds these registers, and takes what is written over the version that is there. */
function keep(end: FarEnd, registers: Map<string, Register>): void {
  const head = () => {
    const vers = [...registers.values()].map(({ ver }) => ver);
    return { headVer: Math.max(0, ...vers), sum: vers.reduce((sum, ver) => sum + ver, 0) };
  };
  end.answers.pull_registers = (asked) => {
    const { sinceVer } = asked as Asked & { readonly sinceVer: number };
    const since = [...registers.values()].filter(({ ver }) => ver > sinceVer).sort((one, other) => one.ver - other.ver);
    return { kind: 'registers', registers: since, ...head(), more: false };
  };
  end.answers.put_register = (asked) => {
    const { key, ver, value } = asked as unknown as Register;
    if ((registers.get(key)?.ver ?? 0) !== ver)
      return { kind: 'error', code: 'register_conflict', sentence: '', retryable: false, details: { ver: registers.get(key)?.ver ?? 0 } };
    const { headVer: previousVer } = head();
    registers.set(key, { key, ver: previousVer + 7, value });
    return { kind: 'register_put', key, ver: previousVer + 7, previousVer };
  };
}

async function storeWith(held: readonly Register[], reachedVer: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('meta', 'registers_ver', reachedVer as RegisterVersion);
    for (const { key, ver, value } of held) transaction.put('registers', key, { key, ver: ver as RegisterVersion, value, wish: null });
  });
  return store;
}

const registersIn = async (store: MemoryStore) =>
  (await store.transact((transaction) => transaction.scan('registers'))).map(([, { key, value, wish }]) => [key, value, wish]);

test.for([
  ['what the server has is lower', { registersVer: 10, registersSum: 10 }],
  ['it has come nearly as far again', { registersVer: 24, registersSum: 34 }],
  ['it has gone on since', { registersVer: 60, registersSum: 70 }],
] as const)('[SDK-18] personal state comes together again with a store that went back: %s', async ([, head]) => {
  const end = new FarEnd();
  const lastSeen = { key: 'settings.last_seen', ver: 10, value: isReceived(true) };
  const fresh = head.registersVer === 10 ? [] : [{ key: 'new', ver: head.registersVer, value: '"theirs"' }];
  const registers = new Map<string, Register>([lastSeen, ...fresh].map((register) => [register.key, register]));
  keep(end, registers);
  end.answers.hello = welcome;
  end.answers.sync = { ...synced([]), ...head };
  // Written after the copy was made that the server was put back to.
  const store = await storeWith([lastSeen, { key: 'draft', ver: 30, value: '"kept here"' }], 30);
  const client = await start(end, { store });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await client.whenSynced();
  await expect.poll(() => registers.get('draft')?.value).toBe('"kept here"');
  const expected = [['draft', '"kept here"', null], ...fresh.map(({ key, value }) => [key, value, null]), [lastSeen.key, 'true', null]];
  await expect.poll(() => registersIn(store)).toEqual(expected);
});

const chainAt = (seq: number) => `${seq}`.padEnd(22, 'A') as Chain;
const positionAt = (seq: number): Position => (seq === 0 ? genesis : { seq: seq as Seq, chain: chainAt(seq) });
/** Taken out with entry 3; back since entry 400. */
const [goneSeq, backSeq, headSeq] = [3, 400, 402];
const own = idOf('5') as DeviceId;
const isVisible = (seq: number) => seq <= goneSeq || seq >= backSeq;

function entryAt(seq: number) {
  const by = seq === headSeq ? { author: me.id, device: own, n: 9, mine: 1 } : { author: author.id, device: idOf('6'), n: seq, mine: seq };
  return { kind: 'message', seq, ...by, ord: seq, memberSeq: 1, ts: 1_000 + seq, chain: chainAt(seq), body: { text: `line ${seq}` } };
}

/** As the server answers: one unbroken piece of what may be seen, or that there is nothing. */
function rangeOf(asked: Asked): object {
  const { fromSeq, untilSeq, end, limit } = asked as Asked & { fromSeq: number; untilSeq: number; end: 'first' | 'last'; limit: number };
  const seqs = Array.from({ length: Math.min(untilSeq, headSeq + 1) - fromSeq }, (_, place) => fromSeq + place).filter(isVisible);
  const piece = end === 'first' ? seqs.filter((seq) => seq >= backSeq === (seqs[0] ?? 0) >= backSeq) : seqs.filter((seq) => seq >= backSeq);
  const cut = end === 'first' ? piece.slice(0, limit) : piece.slice(-limit);
  const from = cut[0] ?? fromSeq;
  const place = { fromSeq: from, untilSeq: from + cut.length, previous: cut.length > 0 ? positionAt(from - 1) : genesis };
  return { kind: 'range', conversation: group, ...place, head: positionAt(headSeq), entries: cut.map(entryAt) };
}

const rowAt = (seq: number) => ({
  ...row,
  head: positionAt(seq),
  firstSeq: (seq >= backSeq ? backSeq : 1) as Seq,
  last: { seq: seq as Seq, author: author.id, ts: row.activity, text: `line ${seq}` },
});

const waitingIn = (conversation: ConversationId): OutboxItem => ({
  conversation,
  device: own,
  n: 2 as OperationNumber,
  text: 'still here',
  after: positionAt(goneSeq),
  at: Date.now() as WallMs,
  error: null,
  again: false,
  heir: null,
});

test('[SDK-10] [SDK-24] who comes back passes what lies between, and what was overtaken meanwhile goes under new numbers, after one look', async () => {
  const end = new FarEnd();
  const store = new MemoryStore();
  const waiting = waitingIn(group);
  const laterMade = { ...waiting, n: 3 as OperationNumber, after: positionAt(backSeq) };
  await store.transact(async (transaction) => {
    transaction.put('rows', group, { ...rowAt(goneSeq), wish: null });
    transaction.put('tails', group, { before: positionAt(goneSeq), position: positionAt(goneSeq) });
    for (const item of [waiting, laterMade]) transaction.put('outbox', outboxKey(item), item);
    transaction.put('meta', 'counter', 9 as OperationNumber);
  });
  const sent: unknown[] = [];
  Object.assign(end.answers, {
    hello: { ...welcome, operationNumber: 9 },
    ask_people: { kind: 'people', people: [author] },
    pull: rangeOf,
  });
  end.answers.sync = synced([rowAt(headSeq)]);
  end.answers.look_up = { kind: 'listed', rows: [packRow(rowAt(headSeq))], more: false };
  end.answers.send = ({ operations = [] }) => {
    sent.push(...operations.map(({ n, after }) => [n, after.seq]));
    const results = operations.map(({ n }) => {
      if (n === 2) return { n, error: 'resync', retryable: true, details: { afterSeq: goneSeq } };
      return operations[0]?.n === 2 ? { n, error: 'held_back', retryable: true } : { n, seq: headSeq + n - 9 };
    });
    return { kind: 'sent', conversation: group, results };
  };
  const client = await start(end, { store });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  const view = client.conversation(group);
  await expect.poll(() => view.timeline.get().headSeq).toBe(headSeq);
  // Number 9 of this device stands there already.
  await expect
    .poll(() => sent)
    .toEqual([
      [2, goneSeq],
      [3, backSeq],
      [10, headSeq],
      [11, headSeq],
    ]);
});

test('[SDK-13] what is pushed while a log is compared is newer than what the comparison says, and is not given back', async () => {
  const end = new FarEnd();
  const store = new MemoryStore();
  const heldSeq = 397;
  const pushed = [heldSeq + 1, heldSeq + 2].map((seq) => ({ ...entryAt(seq), device: idOf('6'), n: seq }));
  const lastSeq = heldSeq + pushed.length;
  await store.transact(async (transaction) => {
    transaction.put('rows', group, { ...rowAt(heldSeq), wish: null });
    transaction.put('tails', group, { before: positionAt(heldSeq), position: positionAt(heldSeq) });
  });
  // The list knows of more than this server remembers, which has missed what others appended.
  let rememberedSeq = heldSeq;
  Object.assign(end.answers, { hello: welcome, ask_people: { kind: 'people', people: [author] }, sync: synced([rowAt(lastSeq)]) });
  end.answers.pull = (asked) => {
    const { fromSeq, untilSeq } = asked as Asked & { fromSeq: number; untilSeq: number };
    const seqs = Array.from({ length: Math.max(0, Math.min(untilSeq, rememberedSeq + 1) - fromSeq) }, (_, place) => fromSeq + place);
    const place = { fromSeq, untilSeq: fromSeq + seqs.length, previous: seqs.length > 0 ? positionAt(fromSeq - 1) : genesis };
    return { kind: 'range', conversation: group, ...place, head: positionAt(rememberedSeq), entries: seqs.map(entryAt) };
  };
  let isPushed = false;
  end.answers.look_up = () => {
    rememberedSeq = lastSeq;
    const frame = { kind: 'entries', conversation: group, previous: positionAt(heldSeq), entries: pushed, memberSeq: 1 };
    if (!isPushed) queueMicrotask(() => end.say(frame));
    isPushed = true;
    return { kind: 'listed', rows: [packRow(rowAt(lastSeq))], more: false };
  };
  const client = await start(end, { store });
  const told: number[] = [];
  client.onEntries(({ items }) => told.push(...items.map(({ seq }) => seq)));
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await expect.poll(() => isPushed).toBe(true);
  await client.whenIdle();
  expect(told).toEqual([heldSeq + 1, lastSeq]);
});

test('[SDK-13] what waited to go into a conversation that the server has lost is found, and the conversation goes with the last of it', async () => {
  const end = new FarEnd();
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('rows', group, { ...rowAt(goneSeq), wish: null });
    transaction.put('tails', group, { before: positionAt(goneSeq), position: positionAt(goneSeq) });
    transaction.put('outbox', outboxKey(waitingIn(group)), waitingIn(group));
    transaction.put('meta', 'counter', 2 as OperationNumber);
  });
  const nothing = { kind: 'listed', rows: [], more: false };
  Object.assign(end.answers, { hello: { ...welcome, operationNumber: 1 }, look_up: nothing });
  end.answers.sync = { ...synced([]), groups: [digestGroupOf(group)] };
  end.answers.send = ({ operations = [] }) => {
    const results = operations.map(({ n }) => ({ n, error: 'conversation_not_visible', retryable: false }));
    return { kind: 'sent', conversation: group, results };
  };
  const client = await start(end, { store });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  const view = client.conversation(group);
  const failed = () => view.timeline.get().pending.map(({ text, state, n }) => ({ text, state, n }));
  await expect.poll(failed).toEqual([{ text: 'still here', state: 'failed', n: 2 }]);
  await client.whenSynced();
  expect(client.conversations.get().map(({ id }) => id)).toEqual([group]);
  await view.discard(outboxKey({ device: waitingIn(group).device, n: 2 as OperationNumber }));
  await expect.poll(() => client.conversations.get()).toEqual([]);
});

test('[SDK-13] what waits to go into a conversation that neither the device nor the server has is found, and can be given up', async () => {
  const end = new FarEnd();
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('outbox', outboxKey(waitingIn(group)), waitingIn(group));
    transaction.put('meta', 'counter', 2 as OperationNumber);
  });
  const nothing = { kind: 'listed', rows: [], more: false };
  Object.assign(end.answers, { hello: { ...welcome, operationNumber: 1 }, look_up: nothing, sync: synced([]) });
  const client = await start(end, { store });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  const listed = () => client.conversations.get().map(({ id, failedCount, last }) => ({ id, failedCount, text: last?.text }));
  await expect.poll(listed).toEqual([{ id: group, failedCount: 1, text: 'still here' }]);
  const view = client.conversation(group);
  await view.discard(outboxKey({ device: waitingIn(group).device, n: 2 as OperationNumber }));
  await expect.poll(() => client.conversations.get()).toEqual([]);
  await client.whenIdle();
  expect(await store.transact((transaction) => transaction.scan('outbox'))).toEqual([]);
});

test('[SDK-23] what is given up is that very message, though another device before this one has numbered one the same', async () => {
  const end = new FarEnd();
  const store = new MemoryStore();
  const older = {
    ...waitingIn(group),
    device: idOf('8') as DeviceId,
    text: 'of the device before',
    error: 'too_old' as const,
    heir: 1 as OperationNumber,
  };
  await store.transact(async (transaction) => {
    for (const item of [waitingIn(group), older]) transaction.put('outbox', outboxKey(item), item);
    transaction.put('meta', 'counter', 2 as OperationNumber);
  });
  const client = await start(end, { store });
  const view = client.conversation(group);
  const texts = () => [...client.conversation(group).timeline.get().pending].map(({ text }) => text).sort();
  await expect.poll(texts).toEqual(['of the device before', 'still here']);
  await view.discard(outboxKey(older));
  await expect.poll(texts).toEqual(['still here']);
});

test('[SDK-20] what waits to go into a conversation of which the device lost its line goes once the server has told it', async () => {
  const end = new FarEnd();
  const store = new MemoryStore();
  await store.transact(async (transaction) => {
    transaction.put('outbox', outboxKey(waitingIn(group)), waitingIn(group));
    transaction.put('meta', 'counter', 2 as OperationNumber);
  });
  Object.assign(end.answers, { hello: { ...welcome, operationNumber: 1 }, sync: synced([]) });
  end.answers.look_up = { kind: 'listed', rows: [packRow(row)], more: false };
  const client = await start(end, { store });
  await expect.poll(() => end.isWaitedFor).toBe(true);
  end.open();
  await expect.poll(() => end.numbers).toEqual([[2]]);
  expect(client.conversations.get().map(({ id, failedCount }) => ({ id, failedCount }))).toEqual([{ id: group, failedCount: 0 }]);
});

const refusedAs = (code: string) => ({ kind: 'error', code, sentence: '', retryable: false });
const sentAs = (result: object) => ({ kind: 'sent', conversation: group, results: [{ n: 2, ...result }] });

test.for([
  ['is in the log', sentAs({ seq: 2 }), false],
  ['was overtaken', sentAs({ error: 'superseded', retryable: false }), true],
  ['is that of another message', sentAs({ error: 'id_reuse', retryable: false }), true],
  ['is of a device that is somebody else’s', refusedAs('device_foreign'), true],
] as const)(
  '[SDK-23] what waited goes as that of the device before, and as the new one’s only where that id %s',
  async ([, answer, again]) => {
    const end = new FarEnd();
    const store = new MemoryStore();
    const waiting = { ...waitingIn(group), after: genesis };
    await store.transact(async (transaction) => {
      transaction.put('outbox', outboxKey(waiting), waiting);
      transaction.put('meta', 'counter', 2 as OperationNumber);
    });
    const ids: unknown[] = [];
    // The one before has sent more than this store knows of.
    end.answers.hello = ({ device }) => ({ ...welcome, device, operationNumber: device === own ? 9 : 0 });
    Object.assign(end.answers, { sync: synced([row]), ask_people: { kind: 'people', people: [author] } });
    end.answers.send = ({ device = 'new', operations = [] }) => {
      ids.push(...operations.map(({ n }) => [device, n]));
      return device === own ? answer : { kind: 'sent', conversation: group, results: [{ n: 1, seq: 2 }] };
    };
    await start(end, { store });
    for (const socketCount of [1, 2]) {
      await expect.poll(() => end.socketCount).toBe(socketCount);
      end.open();
    }
    await expect.poll(() => ids).toEqual([[own, 2], ...(again ? [['new', 1]] : [])]);
  },
);
