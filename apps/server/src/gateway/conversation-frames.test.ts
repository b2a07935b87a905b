import { digestOf } from '@parlour/core/conversation-log/chain';
import { genesis, type Position } from '@parlour/core/conversation-log/entry';
import type { Chain, ConversationId, DeviceId, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { syncDigestOf } from '@parlour/core/sync-digest';
import type { ClientFrame } from '@parlour/protocol/client-frame';
import type { ServerFrame } from '@parlour/protocol/server-frame';
import { expect, test } from 'vitest';
import { digest16 } from '../node-environment.ts';
import { type Client, type GatewayWorld, type Guest, opened, openGateway, said } from './gateway-world.contract.ts';

const seq = (number: number) => number as Seq;
const forged: Position = { seq: seq(3), chain: digest16('forged') as Chain };

type Talk = {
  readonly world: GatewayWorld;
  readonly ada: Guest;
  readonly ben: Guest;
  readonly adas: Client;
  readonly bens: Client;
  readonly conversation: ConversationId;
  readonly head: Position;
};

/** Ada and Ben, each on one device, in their conversation. */
async function talk(messageCount = 0, options: Parameters<typeof openGateway> = []): Promise<Talk> {
  const world = await openGateway(...options);
  const [ada, ben] = [await world.person('ada'), await world.person('ben')];
  const [adas, bens] = [await world.enter(ada), await world.enter(ben)];
  const { conversation, head } = await opened(adas, ben.person);
  let after = head;
  for (let n = 1; n <= messageCount; n++) {
    await said(adas, conversation, n, `line ${n}`, after);
    const last = bens.last('entries').entries.at(-1);
    if (last) after = { seq: last.seq, chain: last.chain };
  }
  return { world, ada, ben, adas, bens, conversation, head: after };
}

test('[SEND-1] [FAN-1] a message is acknowledged once it is durable, and told to every device in one write of one turn', async () => {
  const { world, ada, ben, adas, bens, conversation, head } = await talk();
  const tablet = await world.enter(ada);
  for (const client of [adas, bens, tablet]) client.forget();
  const writes = bens.writeCount;
  const operations = [1, 2].map((n) => ({ n: n as never, kind: 'message' as const, body: { text: `line ${n}` }, after: head }));
  expect(await adas.ask({ kind: 'send', conversation, operations })).toMatchObject({
    kind: 'sent',
    results: [
      { n: 1, seq: 2 },
      { n: 2, seq: 3 },
    ],
  });
  expect(bens.writeCount).toBe(writes + 1);
  for (const client of [adas, bens, tablet]) {
    expect(client.last('entries')).toMatchObject({
      conversation,
      previous: head,
      entries: [{ seq: 2, body: { text: 'line 1' } }, { seq: 3 }],
    });
  }
  expect(await world.store.countConversations(ben.person)).toBe(1);
});

test('[LOG-4] two who begin at once meet in one conversation, and there is one with oneself', async () => {
  const world = await openGateway();
  const [ada, ben] = [await world.person('ada'), await world.person('ben')];
  const [adas, bens] = [await world.enter(ada), await world.enter(ben)];
  adas.connection.receive(JSON.stringify({ kind: 'open', id: 50, person: ben.person }));
  bens.connection.receive(JSON.stringify({ kind: 'open', id: 50, person: ada.person }));
  await world.environment.settle();
  const row = adas.last('opened').row;
  expect(row).toMatchObject({ type: 'direct', peer: { id: ben.person }, head: { seq: 1 }, memberCount: 2 });
  expect(bens.last('opened').row).toMatchObject({ conversation: row.conversation, peer: { id: ada.person }, head: row.head });
  const notes = await adas.ask({ kind: 'open', person: ada.person });
  expect(notes).toMatchObject({ row: { peer: { id: ada.person }, memberCount: 1 } });
  expect(await adas.ask({ kind: 'open', person: ada.person })).toMatchObject({ row: { head: { seq: 1 } } });
  expect(await world.store.countConversations(ada.person)).toBe(2);
});

test('[SEND-2] what is refused for ever is told apart from what may come again, and holds nothing back that it need not', async () => {
  const { adas, conversation, head } = await talk();
  const message = (n: number, text: string, after = head) => ({ n: n as never, kind: 'message' as const, body: { text }, after });
  await said(adas, conversation, 1, 'one', head);
  const answer = await adas.ask({
    kind: 'send',
    conversation,
    operations: [message(1, 'other'), message(2, 'two'), message(3, 'x', forged), message(4, 'y')],
  });
  expect(answer).toMatchObject({
    results: [
      { n: 1, error: 'id_reuse', retryable: false },
      { n: 2, seq: 3 },
      { n: 3, error: 'diverged', retryable: true },
      { n: 4, error: 'held_back', retryable: true },
    ],
  });
});

test('[SEND-3] more messages than a person may send are refused whole, with the time to wait', async () => {
  const { world, adas, conversation, head } = await talk(0, [{}, { sendsBurst: 10 }]);
  const operations = (from: number) =>
    Array.from({ length: 8 }, (_, index) => ({ n: (from + index) as never, kind: 'message' as const, body: { text: 'x' }, after: head }));
  expect(await adas.ask({ kind: 'send', conversation, operations: operations(1) })).toMatchObject({ results: { length: 8 } });
  const refused = await adas.ask({ kind: 'send', conversation, operations: operations(9) });
  if (refused.kind !== 'sent') throw new Error('no answer');
  const [first] = refused.results;
  expect(first).toMatchObject({ error: 'too_many_requests', retryable: true });
  await world.environment.advance(first && 'retryAfterMs' in first ? (first.retryAfterMs ?? 0) : 0);
  expect(await adas.ask({ kind: 'send', conversation, operations: operations(9) })).toMatchObject({ results: { 0: { seq: 10 } } });
});

test('[LOG-2] [LOG-3] a reader can check the chain of what it is told, entry by entry', async () => {
  const { world, bens, conversation } = await talk(5);
  const range = await bens.ask({ kind: 'pull', conversation, fromSeq: seq(1), untilSeq: seq(7), end: 'first', limit: 200 });
  if (range.kind !== 'range') throw new Error('no range');
  expect(range.previous).toEqual(genesis);
  expect(range.entries.map((entry) => entry.chain).at(-1)).toBe(range.head.chain);
  const marks = await world.store.loadMarks(conversation, { fromSeq: seq(1), untilSeq: seq(7) });
  for (const [index, { salt, digest }] of marks.entries()) {
    if (salt === null) throw new Error('nothing is erased here');
    expect(digestOf(digest16, salt, JSON.stringify(range.entries[index]?.body))).toBe(digest);
  }
});

test('[PULL-1] a pull gives one unbroken piece from either end, never longer than a page, and says what stands before it', async () => {
  const { bens, conversation, head } = await talk(9);
  const pull = (fromSeq: number, untilSeq: number, end: 'first' | 'last', limit: number) =>
    bens.ask({ kind: 'pull', conversation, fromSeq: seq(fromSeq), untilSeq: seq(untilSeq), end, limit });
  const first = await pull(2, 9, 'first', 3);
  expect(first).toMatchObject({
    kind: 'range',
    fromSeq: 2,
    untilSeq: 5,
    previous: { seq: 1 },
    head,
    entries: [{ seq: 2 }, { seq: 3 }, { seq: 4 }],
  });
  expect(await pull(2, 9, 'last', 3)).toMatchObject({
    fromSeq: 6,
    untilSeq: 9,
    previous: { seq: 5 },
    entries: [{ seq: 6 }, { seq: 7 }, { seq: 8 }],
  });
  expect(await pull(40, 50, 'first', 3)).toMatchObject({ fromSeq: 40, untilSeq: 40, entries: [] });
  expect(await pull(5, 5, 'first', 3)).toMatchObject({ kind: 'error', code: 'range_empty' });
});

test('[REQ-1] what is asked for just as an answer is on its way is answered once, and so is what is asked for after it', async () => {
  const { world, adas, conversation } = await talk(3);
  const pull = (id: number) => ({ kind: 'pull', id, conversation, fromSeq: seq(1), untilSeq: seq(9), end: 'first', limit: 9 }) as const;
  adas.forget();
  adas.connection.receive(JSON.stringify(pull(101)));
  // Answered, and the turn after it is still to come.
  await new Promise((resolve) => setImmediate(resolve));
  for (const id of [102, 103]) adas.connection.receive(JSON.stringify(pull(id)));
  await world.environment.settle();
  expect(adas.of('range').map(({ re }) => re)).toEqual([101, 102, 103]);
});

test('[A-24] forged positions, a future seq and a million-wide range cost and change nothing', async () => {
  const { world, adas, conversation, head } = await talk(3);
  for (const after of [
    forged,
    { seq: seq(1_000_000), chain: head.chain },
    { seq: head.seq, chain: forged.chain },
    { seq: seq(0), chain: head.chain },
  ])
    expect(await said(adas, conversation, 90, 'forged', after)).toMatchObject({ error: 'diverged', retryable: true });
  const wide = await adas.ask({
    kind: 'pull',
    conversation,
    fromSeq: seq(1),
    untilSeq: seq(Number.MAX_SAFE_INTEGER),
    end: 'last',
    limit: 200,
  });
  expect(wide).toMatchObject({ kind: 'range', fromSeq: 1, untilSeq: 5, head });
  const late = await adas.ask({
    kind: 'pull',
    conversation,
    fromSeq: seq(Number.MAX_SAFE_INTEGER - 1),
    untilSeq: seq(Number.MAX_SAFE_INTEGER),
    end: 'first',
    limit: 200,
  });
  expect(late).toMatchObject({ kind: 'range', entries: [] });
  expect((await world.owners.view(conversation)).head).toEqual(head);
  expect(await said(adas, conversation, 91, 'in time', head)).toMatchObject({ seq: 5 });
});

test('[A-14] an operation acts on an entry of its own conversation only', async () => {
  const { world, ada, adas, conversation, head } = await talk(2);
  const cleo = await world.person('cleo');
  const other = await opened(adas, cleo.person);
  for (let n = 50; n < 60; n++) await said(adas, other.conversation, n, 'elsewhere', other.head);
  const target = (on: number) =>
    adas.ask({
      kind: 'send',
      conversation,
      operations: [{ n: 70 as never, kind: 'message', target: seq(on), body: { text: 'x' }, after: head }],
    });
  expect(await target(8)).toMatchObject({ results: [{ error: 'malformed', retryable: false }] });
  expect(await target(2)).toMatchObject({ results: [{ seq: 4 }] });
  expect(await world.store.loadHighestOperationNumber(adas.last('welcome').device)).toBe(70);
  expect(ada.person).toBe(adas.last('welcome').person.id);
});

/** Every frame that names a conversation, as a stranger would send it. */
const probes = (conversation: ConversationId, after: Position): ClientFrame[] => [
  { kind: 'pull', id: 1, conversation, fromSeq: seq(1), untilSeq: seq(9), end: 'first', limit: 200 },
  { kind: 'mark', conversation, readSeq: seq(1), receivedSeq: seq(1) },
  { kind: 'mark', conversation, readSeq: seq(999), receivedSeq: seq(999) },
  { kind: 'type', conversation },
  { kind: 'send', id: 2, conversation, operations: [{ n: 1 as never, kind: 'message', body: { text: 'let me in' }, after }] },
  {
    kind: 'send',
    id: 3,
    conversation,
    operations: [{ n: 2 as never, kind: 'message', target: seq(2), body: { text: 'let me in' }, after: forged }],
  },
  { kind: 'look_up', id: 4, conversations: [conversation] },
  { kind: 'list', id: 5, limit: 256 },
  { kind: 'list', id: 6, before: { activity: 9_999_999_999_999 as never, conversation }, limit: 256 },
  { kind: 'sync', id: 7, digest: new Array(64).fill(0), registersVer: 0 as never },
];

test('[VIS-2] [A-11] [A-20] a stranger learns nothing: every answer is that of a conversation that does not exist', async () => {
  const { world, conversation, head, adas, bens } = await talk(40);
  // So long that its length could show.
  const many = Array.from({ length: limits.afterDistanceMax + 10 }, (_, index) => ({
    conversation,
    author: adas.last('welcome').person.id,
    device: adas.last('welcome').device,
    n: (1_000 + index) as never,
    kind: 'message' as const,
    target: null,
    body: '{"text":"x"}',
    after: null,
  }));
  const written = world.owners.send(conversation, many);
  await world.environment.settle();
  expect((await written).every((answer) => 'seq' in answer)).toBe(true);
  const heads: Position[] = [genesis, head, forged];
  const answersFor = async (named: ConversationId) => {
    const eve = await world.enter(await world.person(`eve${world.environment.id()}`));
    eve.forget();
    for (const after of heads) for (const probe of probes(named, after)) await eve.say(probe);
    expect(eve.end).toBeNull();
    return eve.frames.map((frame) => ({ ...frame, conversation: undefined, re: undefined }) as Partial<ServerFrame>);
  };
  adas.forget();
  bens.forget();
  const forReal = await answersFor(conversation);
  const forNothing = await answersFor(world.environment.id() as ConversationId);
  expect(forReal).toEqual(forNothing);
  expect(JSON.stringify(forReal)).toContain('conversation_not_visible');
  for (const client of [adas, bens]) expect(client.frames).toEqual([]);
});

test('[A-19] a stranger sees no presence, receipts, typing or entries of others, and makes no noise to them', async () => {
  const { world, ada, ben, adas, bens, conversation, head } = await talk(2);
  const eve = await world.enter(await world.person('eve'));
  eve.forget();
  await eve.say({ kind: 'watch', people: [ada.person, ben.person, world.environment.id() as PersonId] });
  await bens.say({ kind: 'mark', conversation, readSeq: head.seq, receivedSeq: head.seq });
  await bens.say({ kind: 'type', conversation });
  await said(adas, conversation, 9, 'secret', head);
  adas.connection.closed(true);
  await world.environment.advance(60_000);
  expect(eve.frames).toEqual([]);
});

test('[MARK-2] [A-19] a marker beyond the head is refused and moves nothing; one within it is told to who may see it', async () => {
  const { world, adas, bens, conversation, head, ben } = await talk(2);
  adas.forget();
  bens.forget();
  await bens.say({ kind: 'mark', conversation, readSeq: seq(head.seq + 1), receivedSeq: seq(0) });
  expect(bens.last('error')).toMatchObject({ code: 'marker_beyond_head', conversation, retryable: true, details: { headSeq: head.seq } });
  expect(adas.frames).toEqual([]);
  await bens.say({ kind: 'mark', conversation, readSeq: seq(2), receivedSeq: head.seq });
  const readAt = world.environment.now();
  expect(adas.last('marker')).toMatchObject({ conversation, person: ben.person, readSeq: 2, readAt, receivedSeq: 3 });
  expect(await adas.ask({ kind: 'look_up', conversations: [conversation] })).toMatchObject({
    rows: [{ receipts: [{ person: ben.person, readSeq: 2, readAt }] }],
  });
  expect(adas.last('marker')).not.toHaveProperty('readOrd');
  expect(bens.last('marker')).toMatchObject({ readSeq: 2, readOrd: 1, readMine: 0 });
});

test('[RCPT-1] who does not tell what they read is not told either; what arrived is told all the same', async () => {
  const { ben, adas, bens, conversation, head } = await talk(3);
  await bens.ask({ kind: 'put_register', key: 'settings.receipts', ver: 0 as never, value: 'false' });
  adas.forget();
  bens.forget();
  await bens.say({ kind: 'mark', conversation, readSeq: head.seq, receivedSeq: head.seq });
  expect(adas.last('marker')).toMatchObject({ readSeq: 0, receivedSeq: head.seq });
  await adas.say({ kind: 'mark', conversation, readSeq: head.seq, receivedSeq: head.seq });
  expect(bens.of('marker').filter(({ person }) => person === ben.person)).toMatchObject([{ readSeq: head.seq }]);
  expect(bens.of('marker').at(-1)).toMatchObject({ readSeq: 0, receivedSeq: head.seq });
  const row = await bens.ask({ kind: 'look_up', conversations: [conversation] });
  expect(row).toMatchObject({ rows: [{ receipts: [{ readSeq: 0, receivedSeq: head.seq }] }] });
});

test('[SYNC-2] only the groups that differ are told; [REQ-1] a replica that holds everything hears of nothing', async () => {
  const { world, bens, conversation, head } = await talk(3);
  const held = { conversation, headSeq: head.seq, headChain: head.chain, readSeq: seq(0), receiptsSum: 0 };
  const sync = (digest: readonly number[]) => bens.ask({ kind: 'sync', digest: [...digest], registersVer: 0 as never });
  const empty = await sync(syncDigestOf([]));
  expect(empty).toMatchObject({
    rows: [{ conversation, head, ord: 3, readOrd: 0, mine: 0, last: { seq: 4, text: 'line 3' }, peer: { handle: 'ada' } }],
    groups: { length: 1 },
    conversationCount: 1,
  });
  expect(await sync(syncDigestOf([held]))).toMatchObject({ rows: [], groups: [], conversationCount: 1 });
  expect(await sync(syncDigestOf([{ ...held, readSeq: seq(1) }]))).toMatchObject({ rows: [{ conversation }] });
  await world.environment.advance(10_000);
  const gone = syncDigestOf([held, { ...held, conversation: world.environment.id() as ConversationId }]);
  expect(await sync(gone)).toMatchObject({ groups: { length: 1 } });
});

test('[SYNC-3] [A-28] digests are compared five times at once and then once a second; beyond, the answer says when', async () => {
  const { world, bens } = await talk(1);
  const sync = () => bens.ask({ kind: 'sync', digest: new Array(64).fill(0), registersVer: 0 as never });
  let syncedCount = 0;
  for (let count = 0; count < 100; count++) {
    const answer = await sync();
    if (answer.kind === 'synced') syncedCount++;
    else expect(answer).toMatchObject({ code: 'too_many_requests', retryable: true, retryAfterMs: 1_000 });
  }
  expect(syncedCount).toBe(5);
  await world.environment.advance(1_000);
  expect((await sync()).kind).toBe('synced');
  expect((await sync()).kind).toBe('error');
  for (const sum of [-1, 0.5, Number.NaN]) expect(JSON.stringify(new Array(64).fill(sum))).toBeTypeOf('string');
  await bens.sayText(JSON.stringify({ kind: 'sync', id: 999, digest: new Array(64).fill(0.5), registersVer: 0 }));
  expect(bens.end?.reason).toBe('malformed');
});

test('[TYPE-1] [A-25] a flood of typing reaches the other at most once in 2 s and never its author', async () => {
  const { world, adas, bens, conversation } = await talk(1);
  for (const client of [adas, bens]) client.forget();
  for (let ms = 0; ms < 10_000; ms += 100) {
    await adas.say({ kind: 'type', conversation });
    await adas.say({ kind: 'type', conversation });
    await world.environment.advance(100);
  }
  expect(bens.of('typing').length).toBeGreaterThan(3);
  expect(bens.of('typing').length).toBeLessThanOrEqual(6);
  expect(adas.of('typing')).toEqual([]);
});

test('[PRES-6] [A-25] watch churn has a rate, and what is watched and remembered stays bounded', async () => {
  const { world, ben, adas } = await talk(1);
  adas.forget();
  const remembered = world.owners.rememberedCount;
  for (let count = 0; count < 60; count++) {
    const people = Array.from({ length: limits.presenceWatchMax }, () => world.environment.id() as PersonId);
    await adas.say({ kind: 'watch', people });
  }
  expect(adas.of('error').length).toBe(30);
  expect(adas.last('error')).toMatchObject({ code: 'too_many_requests' });
  expect(adas.connection.watched).toEqual([]);
  expect(world.owners.rememberedCount).toBe(remembered);
  await world.environment.advance(1_000);
  await adas.say({ kind: 'watch', people: [ben.person] });
  expect(adas.last('presence')).toMatchObject({ people: [{ person: ben.person, presence: 'online' }] });
});

test('[PRES-3] [PRES-4] those who watch are told: at once on a clean leave, within the grace when the line just broke', async () => {
  const { world, ben, adas, bens } = await talk(1);
  await adas.say({ kind: 'watch', people: [ben.person] });
  adas.forget();
  bens.connection.closed(true);
  await world.environment.settle();
  expect(adas.last('presence').people).toEqual([{ person: ben.person, presence: 'offline', lastSeenAt: world.environment.now() }]);
  const again = await world.enter(ben);
  expect(adas.last('presence').people).toEqual([{ person: ben.person, presence: 'online' }]);
  adas.forget();
  again.connection.closed(false);
  for (let second = 0; second < 24; second++) {
    await world.environment.advance(1_000);
    adas.connection.sign();
  }
  expect(adas.of('presence')).toEqual([]);
  await world.environment.advance(6_000);
  expect(adas.last('presence').people).toMatchObject([{ person: ben.person, presence: 'offline' }]);
  adas.forget();
  await adas.say({ kind: 'watch', people: [] });
  await world.enter(ben);
  expect(adas.of('presence')).toEqual([]);
});

test('[PRES-5] who hides when they were here last hides it from those who ask and those who watch', async () => {
  const { world, ben, adas, bens } = await talk(1);
  await bens.ask({ kind: 'put_register', key: 'settings.last_seen', ver: 0 as never, value: 'false' });
  await adas.say({ kind: 'watch', people: [ben.person] });
  bens.connection.closed(true);
  await world.environment.settle();
  expect(adas.last('presence').people).toEqual([{ person: ben.person, presence: 'offline' }]);
  await adas.say({ kind: 'watch', people: [ben.person] });
  expect(adas.last('presence').people).toEqual([{ person: ben.person, presence: 'offline' }]);
});

test('[REG-1] a register is written only over the version that was seen; other devices hear of it', async () => {
  const { world, ada, adas, bens } = await talk();
  const tablet = await world.enter(ada);
  const put = async (client: Client, ver: number, value: string | null) =>
    (await client.ask({ kind: 'put_register', key: 'draft:x', ver: ver as never, value })) as Record<string, unknown> & {
      readonly ver: number;
      readonly previousVer: number;
    };
  const { ver: one } = await put(adas, 0, '"one"');
  expect(tablet.last('registers_changed').headVer).toBe(one);
  expect(bens.of('registers_changed')).toEqual([]);
  expect(await put(tablet, 0, '"two"')).toMatchObject({ kind: 'error', code: 'register_conflict', details: { ver: one } });
  const { ver: two, previousVer } = await put(tablet, one, '"two"');
  expect(previousVer).toBe(one);
  expect(two).toBeGreaterThan(one);
  expect(await adas.ask({ kind: 'pull_registers', sinceVer: one as never })).toMatchObject({
    registers: [{ key: 'draft:x', ver: two, value: '"two"' }],
    headVer: two,
    sum: two,
    more: false,
  });
});

test('[A-23] an id with other content, or one used in another conversation, is refused; the first stays what it was', async () => {
  const { world, adas, conversation, head } = await talk();
  const cleo = await world.person('cleo');
  expect(await said(adas, conversation, 1, 'mine', head)).toMatchObject({ seq: 2 });
  expect(await said(adas, conversation, 1, 'forged', head)).toMatchObject({ error: 'id_reuse', retryable: false });
  const other = await opened(adas, cleo.person);
  expect(await said(adas, other.conversation, 1, 'mine', other.head)).toMatchObject({ error: 'id_reuse' });
  expect(await said(adas, conversation, 1, 'mine', head)).toMatchObject({ seq: 2 });
  const device = world.environment.id() as DeviceId;
  const bens = await world.enter(await world.person('bea'), device);
  expect(bens.last('welcome').operationNumber).toBe(0);
});

test('[A-20] unknown people are answered like nobody, and names are told of whom exists only', async () => {
  const { world, ada, adas } = await talk();
  const nobody = world.environment.id() as PersonId;
  expect(await adas.ask({ kind: 'open', person: nobody })).toMatchObject({ kind: 'error', code: 'person_not_found' });
  expect(await adas.ask({ kind: 'ask_people', people: [nobody, ada.person] })).toMatchObject({ people: [{ id: ada.person }] });
});
