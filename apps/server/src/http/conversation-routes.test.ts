import { connect, type Socket } from 'node:net';
import { EvidenceCheck, type EvidenceEntry, type EvidenceLine } from '@parlour/core/conversation-log/evidence';
import type { ConversationId, DeviceId, OperationNumber, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { evidenceLine } from '@parlour/protocol/http/evidence-line';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { MemoryRegisterStore } from '../adapters/memory/memory-register-store.ts';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import { ConversationOwners } from '../owner/conversation-owners.ts';
import { EvidenceLimits } from '../usecases/evidence-limits.ts';
import { PersonSettings } from '../usecases/person-settings.ts';
import { RateLimit } from '../usecases/rate-limit.ts';
import { conversationAnswers } from './conversation-answers.ts';
import { usualHttpTimeouts } from './http-server.ts';
import { type LoggedIn, openWorld, type World } from './people-world.contract.ts';

const conversation = nodeEnvironment.id() as ConversationId;
const elsewhere = nodeEnvironment.id() as ConversationId;
const device = nodeEnvironment.id() as DeviceId;

type Town = Awaited<ReturnType<typeof openTown>>;

/** Ada and Ben, a stranger, and Cleo, who comes and goes; over HTTP, on the memory adapters. */
async function openTown({ stalledMs = usualHttpTimeouts.stalledMs } = {}) {
  const environment = nodeEnvironment;
  const bus = new MemoryBus();
  const store = new MemoryLogStore();
  const owners = new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax: 100, marksKept: 64, limits });
  const evidenceLimits = new EvidenceLimits(environment, null);
  const world: World = await openWorld({
    timeouts: { ...usualHttpTimeouts, stalledMs },
    conversations: conversationAnswers({
      owners,
      store,
      get directory() {
        return world.directory;
      },
      settings: new PersonSettings({ registers: new MemoryRegisterStore(), bus, environment, keptMax: 100 }),
      sendRate: new RateLimit<PersonId>({ perSecond: 1, burst: 1, keysMax: 1, monotonic: environment.monotonic }),
      environment,
      digest16,
      evidenceLimits,
      version: '0.1.0',
    }),
  });
  const [ada, ben, cleo, nosy] = [
    await world.register('ada'),
    await world.register('ben'),
    await world.register('cleo'),
    await world.register('nosy'),
  ];
  let n = 0;
  const append = async (author: LoggedIn, kind: EvidenceEntry['kind'], bodies: readonly object[]): Promise<void> => {
    const operations = bodies.map((body) => ({
      conversation,
      author: author.person.id,
      device,
      n: ++n as OperationNumber,
      kind,
      target: null,
      body: JSON.stringify(body),
      after: null,
    }));
    for (const answer of await owners.send(conversation, operations)) expect(answer).toHaveProperty('seq');
  };
  const person = (one: LoggedIn) => ({ person: one.person.id, role: 'member' });
  await append(ada, 'create', [{ type: 'group', title: 'tea', members: [{ ...person(ada), role: 'owner' }, person(ben)] }]);
  const evidenceOf = (one: LoggedIn, of = conversation) =>
    world.call('GET', `/v1/conversations/${of}/evidence`, { token: one.accessToken });
  return {
    world,
    store,
    ada,
    ben,
    cleo,
    nosy,
    append,
    person,
    evidenceOf,
    evidenceLimits,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const says = (count: number, word: string) => Array.from({ length: count }, (_, index) => ({ text: `${word} ${index}` }));

/** Cleo is there twice: she sees entries 152 to 163, and 264 to 394. */
async function talk({ append, ada, ben, cleo, person }: Town): Promise<void> {
  await append(ada, 'message', says(150, 'before'));
  await append(ada, 'add', [person(cleo)]);
  await append(cleo, 'message', says(10, 'with cleo'));
  await append(ada, 'remove', [{ person: cleo.person.id }]);
  await append(ben, 'message', says(100, 'without her'));
  await append(ada, 'add', [person(cleo)]);
  await append(ada, 'message', says(130, 'again'));
}

function linesOf(text: string): EvidenceLine[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => evidenceLine.parse(JSON.parse(line)));
}

test('[EVID-1] a member gets a file of lines that holds, with the names of those who appear and nothing of the lists and counts', async () => {
  await using town = await openTown();
  await talk(town);
  const answer = await town.evidenceOf(town.ada);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/x-ndjson',
    'content-disposition': `attachment; filename="parlour-evidence-${conversation}.jsonl"`,
    'cache-control': 'no-store',
  });
  const lines = linesOf(answer.body);
  expect(lines[0]).toMatchObject({
    line: 'evidence',
    version: 1,
    conversation,
    type: 'group',
    exportedBy: town.ada.person.id,
    server: '0.1.0',
    count: 394,
  });
  expect(lines.filter(({ line }) => line === 'person')).toEqual(
    ['ada', 'ben', 'cleo'].map((handle) => ({ line: 'person', id: expect.any(String), handle, displayName: handle })),
  );
  const check = new EvidenceCheck(digest16);
  for (const line of lines) check.take(line);
  check.finish();
  expect([check.fault, check.entryCount, check.bodyCount]).toEqual([null, 394, 394]);
  expect(check.position).toEqual((await town.store.loadLog(conversation))?.head);
  expect(town.evidenceLimits.entryCount).toBe(394);
  expect(town.world.metrics.present()).toContain('route="exportEvidence",status="200"');
});

test('[EVID-2] [VIS-1] who came and went gets their stays, and no word of what was said between', async () => {
  await using town = await openTown();
  await talk(town);
  const { body } = await town.evidenceOf(town.cleo);
  expect(body).not.toMatch(/before|without her/);
  const check = new EvidenceCheck(digest16);
  for (const line of linesOf(body)) check.take(line);
  check.finish();
  expect(check.fault).toBeNull();
  expect(check.stretches).toEqual([
    { fromSeq: 152, untilSeq: 164 },
    { fromSeq: 264, untilSeq: 395 },
  ]);
  await town.append(town.ada, 'remove', [{ person: town.cleo.person.id }]);
  await town.append(town.ada, 'message', says(5, 'after she left'));
  const gone = linesOf((await town.evidenceOf(town.cleo)).body);
  expect(gone.at(-1)).toMatchObject({ line: 'end', head: { seq: 395 } });
});

test('[EVID-2] [A-11] a stranger, and whoever shows no token, gets what one gets of a conversation that does not exist', async () => {
  await using town = await openTown();
  await talk(town);
  const refused = await town.evidenceOf(town.nosy);
  expect([refused.statusCode, refused.json().code]).toEqual([404, 'conversation_not_visible']);
  expect(refused.body).toBe((await town.evidenceOf(town.nosy, elsewhere)).body);
  expect((await town.world.call('GET', `/v1/conversations/${conversation}/evidence`)).statusCode).toBe(401);
  expect((await town.world.call('GET', '/v1/conversations/nowhere/evidence', { token: town.ada.accessToken })).statusCode).toBe(400);
  // Nothing of a file is made to say how long it is.
  const head = await town.world.app.inject({
    method: 'HEAD',
    url: `/v1/conversations/${conversation}/evidence`,
    headers: { authorization: `Bearer ${town.ada.accessToken}` },
  });
  expect(head.statusCode).toBe(404);
  expect(town.evidenceLimits.entryCount).toBe(0);
});

test('[LOG-3] what is erased has neither its words nor its salt in the file, and the file holds', async () => {
  await using town = await openTown();
  await talk(town);
  const { loadRange, loadMarks } = town.store;
  // As an erasure between the two questions would leave it, and as one before both would.
  town.store.loadRange = async (...of) =>
    (await loadRange.apply(town.store, of)).map((entry) => (entry.seq === 5 ? { ...entry, body: null } : entry));
  town.store.loadMarks = async (...of) =>
    (await loadMarks.apply(town.store, of)).map((mark) => (mark.seq === 7 ? { ...mark, salt: null } : mark));
  const lines = linesOf((await town.evidenceOf(town.ada)).body);
  const erased = lines.filter((line) => line.line === 'entry' && line.body === null);
  expect(erased).toMatchObject([
    { seq: 5, salt: null },
    { seq: 7, salt: null },
  ]);
  const check = new EvidenceCheck(digest16);
  for (const line of lines) check.take(line);
  check.finish();
  expect([check.fault, check.bodyCount]).toEqual([null, 392]);
});

test('[RCPT-1] [A-12] whoever was taken out is told nothing of who came later and of what others read', async () => {
  await using town = await openTown();
  await talk(town);
  const peopleNamed = async (one: LoggedIn) => {
    const path = `/v1/conversations/${conversation}`;
    const [row, markers] = [
      (await town.world.call('GET', path, { token: one.accessToken })).json(),
      (await town.world.call('GET', `${path}/markers`, { token: one.accessToken })).json(),
    ];
    const ids = (named: readonly { readonly person: PersonId }[]) => named.map(({ person }) => person).sort();
    return { receipts: ids(row.receipts), markers: ids(markers.markers), memberCount: row.memberCount };
  };
  const [ada, ben, cleo, nosy] = [town.ada, town.ben, town.cleo, town.nosy].map(({ person }) => person.id) as [
    PersonId,
    PersonId,
    PersonId,
    PersonId,
  ];
  expect(await peopleNamed(town.cleo)).toEqual({ receipts: [ada, ben].sort(), markers: [ada, ben, cleo].sort(), memberCount: 3 });
  await town.append(town.ada, 'remove', [{ person: cleo }]);
  await town.append(town.ada, 'add', [town.person(town.nosy)]);
  expect(await peopleNamed(town.cleo)).toEqual({ receipts: [], markers: [cleo], memberCount: 2 });
  expect(await peopleNamed(town.ada)).toEqual({ receipts: [ben, nosy].sort(), markers: [ada, ben, nosy].sort(), memberCount: 3 });
});

/** Asks, and takes nothing of the answer. */
async function askAndTakeNothing({ world, ada }: Town): Promise<Socket> {
  const { port } = world.app.server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write(
    `GET /v1/conversations/${conversation}/evidence HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${ada.accessToken}\r\n\r\n`,
  );
  return socket;
}

/** More than the sockets of one machine hold between them. */
async function talkLong({ append, ada }: Town): Promise<void> {
  const text = 'ferry '.repeat(2_500);
  for (let index = 0; index < 4; index += 1)
    await append(
      ada,
      'message',
      Array.from({ length: 1_000 }, () => ({ text })),
    );
}

test('[A-27] [EVID-5] whoever asks for a file and takes nothing of it is cut off, and may ask again', async () => {
  await using town = await openTown({ stalledMs: 2_000 });
  await talkLong(town);
  await town.world.app.listen({ port: 0, host: '127.0.0.1' });
  const socket = await askAndTakeNothing(town);
  await expect.poll(() => town.evidenceLimits.underWayCount, { timeout: 60_000 }).toBe(1);
  const meanwhile = await town.evidenceOf(town.ada);
  expect([meanwhile.statusCode, meanwhile.json().code, meanwhile.headers['retry-after']]).toEqual([429, 'too_many_requests', '5']);
  await expect.poll(() => town.evidenceLimits.underWayCount, { timeout: 60_000 }).toBe(0);
  expect(town.evidenceLimits.entryCount).toBeLessThan(4_000);
  socket.destroy();
  expect((await town.evidenceOf(town.ada)).statusCode).toBe(200);
});

test('[DRAIN-1] a server that goes down does not wait for who is taking a file', async () => {
  await using town = await openTown({ stalledMs: 3_600_000 });
  await talkLong(town);
  await town.world.app.listen({ port: 0, host: '127.0.0.1' });
  const socket = await askAndTakeNothing(town);
  await expect.poll(() => town.evidenceLimits.entryCount, { timeout: 60_000 }).toBeGreaterThan(0);
  await town.world.app.close();
  expect(town.evidenceLimits.underWayCount).toBe(0);
  socket.destroy();
});
