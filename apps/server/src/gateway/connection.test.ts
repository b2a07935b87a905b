import type { DeviceId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ClientFrame } from '@parlour/protocol/client-frame';
import { expect, test } from 'vitest';
import { helloOf, opened, openGateway } from './gateway-world.contract.ts';

const genesis = { seq: 0 as never, chain: 'AAAAAAAAAAAAAAAAAAAAAA' as never };

test('[HELLO-1] [A-3] any frame before hello ends the connection, and nothing of it is done', async () => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const frames: ClientFrame[] = [
    { kind: 'ping', id: 1 },
    { kind: 'open', id: 1, person: ada.person },
    { kind: 'renew', id: 1, token: ada.token },
    { kind: 'watch', people: [ada.person] },
  ];
  for (const frame of frames) {
    const early = world.connect();
    await early.say(frame);
    expect(early.end).toEqual({ code: 4203, reason: 'hello_expected' });
    expect(early.frames).toMatchObject([{ kind: 'error', code: 'hello_expected', retryable: false }]);
  }
  const pipelined = world.connect();
  pipelined.connection.receive(JSON.stringify(helloOf(ada.token, world.environment.id() as DeviceId)));
  await pipelined.say({ kind: 'open', id: 1, person: ada.person });
  expect(pipelined.end?.reason).toBe('hello_expected');
  expect(pipelined.of('welcome')).toEqual([]);
  expect(world.hub.connectionCount).toBe(0);
  expect(await world.store.countConversations(ada.person)).toBe(0);
});

test('[HELLO-1] who says nothing is sent away after 5 s', async () => {
  const world = await openGateway();
  const silent = world.connect();
  await world.environment.advance(limits.helloTimeoutMs - 1);
  expect(silent.end).toBeNull();
  await world.environment.advance(1);
  expect(silent.end).toEqual({ code: 4000, reason: 'hello_timeout' });
  expect(world.hub.connectionCount).toBe(0);
});

test('[HELLO-2] the greatest version that both speak is taken; none is refused', async () => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const device = world.environment.id() as DeviceId;
  const modern = world.connect();
  await modern.say(helloOf(ada.token, device, { versions: [99, 1, 7] }));
  expect(modern.last('welcome').version).toBe(1);
  const strange = world.connect();
  await strange.say(helloOf(ada.token, device, { versions: [99] }));
  expect(strange.end).toEqual({ code: 4202, reason: 'version_unsupported' });
});

test('[HELLO-3] welcome says person, device, login, limits, times, and the highest operation known', async () => {
  const world = await openGateway();
  const [ada, ben] = [await world.person('ada'), await world.person('ben')];
  const device = world.environment.id() as DeviceId;
  const first = await world.enter(ada, device);
  expect(first.last('welcome')).toMatchObject({
    person: { id: ada.person, handle: 'ada' },
    device,
    login: ada.login,
    operationNumber: 0,
    serverTime: world.environment.now(),
    tokenExpiresAt: world.environment.now() + limits.accessTokenLifetimeMs,
    pingIntervalMs: 10_000,
    limits: { textLengthMax: 16_000, frameSizeBytesMax: 262_144, operationsPerSendMax: 64, entriesPerRangeMax: 200, presenceWatchMax: 200 },
  });
  const { conversation, head } = await opened(first, ben.person);
  await first.ask({ kind: 'send', conversation, operations: [{ n: 41 as never, kind: 'message', body: { text: 'x' }, after: head }] });
  const again = await world.enter(ada, device);
  expect(again.last('welcome').operationNumber).toBe(41);
});

test('[HELLO-4] [A-7] the device of someone else is refused, with and without a login of one’s own; it stays usable to its owner', async () => {
  const world = await openGateway();
  const [ada, eve] = [await world.person('ada'), await world.person('eve')];
  const device = world.environment.id() as DeviceId;
  await world.enter(ada, device);
  const thief = world.connect();
  await thief.say(helloOf(eve.token, device));
  expect(thief.end).toEqual({ code: 4205, reason: 'device_foreign' });
  const nobody = world.connect();
  await nobody.say(helloOf('no such token', device));
  expect(nobody.end).toEqual({ code: 4100, reason: 'unauthenticated' });
  expect((await world.enter(await world.logIn(ada.person), device)).last('welcome').device).toBe(device);
});

test.each([
  ['not JSON', '{"kind":', 'malformed', 4200],
  ['an empty text', '', 'malformed', 4200],
  ['no object', '[1]', 'malformed', 4200],
  ['null', 'null', 'malformed', 4200],
  ['a kind that is no text', '{"kind":{"$gt":""},"id":1}', 'malformed', 4200],
  ['an unknown kind', '{"kind":"teleport","id":1}', 'unknown_kind', 4201],
  ['a kind that every object has', '{"kind":"constructor","id":1}', 'unknown_kind', 4201],
  ['the prototype as kind', '{"kind":"__proto__","id":1}', 'unknown_kind', 4201],
  ['a foreign key', '{"kind":"ping","id":1,"admin":true}', 'malformed', 4200],
  ['a prototype', '{"kind":"ping","id":1,"__proto__":{"admin":true}}', 'malformed', 4200],
  ['a constructor', '{"kind":"ping","id":1,"constructor":{"prototype":{"admin":true}}}', 'malformed', 4200],
  ['an operator', '{"kind":"open","id":1,"person":{"$ne":null}}', 'malformed', 4200],
  ['a huge integer', '{"kind":"ping","id":100000000000000000000000}', 'malformed', 4200],
  ['infinity', '{"kind":"ping","id":1e999}', 'malformed', 4200],
  ['a second hello', JSON.stringify(helloOf('x', '0'.repeat(26) as DeviceId)), 'malformed', 4200],
  ['deep nesting', `{"kind":"ping","id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'malformed', 4200],
  ['deep nesting without an end', '{"kind":"ping","id":'.padEnd(250_000, '['), 'malformed', 4200],
  ['deep objects', `{"kind":"ping","id":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 'malformed', 4200],
  ['half a character', '{"kind":"open","id":1,"person":"\\ud800"}', 'malformed', 4200],
])('[FRAME-1] [A-21] %s ends the connection with a stable code, and harms nobody else', async (_, text, reason, code) => {
  const world = await openGateway();
  const [ada, ben] = [await world.person('ada'), await world.person('ben')];
  const other = await world.enter(ben);
  const client = await world.enter(ada);
  await client.sayText(text);
  expect(client.end).toEqual({ code, reason });
  expect(client.last('error')).toMatchObject({ code: reason, retryable: false });
  expect(world.faults).toEqual([]);
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  expect(await other.ask({ kind: 'ping' })).toMatchObject({ kind: 'pong', serverTime: world.environment.now() });
});

test('[REQ-1] each request has exactly one answer, which names it; beyond 64 under way they are refused as too_busy', async () => {
  const world = await openGateway();
  const client = await world.enter(await world.person('ada'));
  for (let id = 1; id <= 100; id++) client.connection.receive(JSON.stringify({ kind: 'list', id, limit: 1 }));
  await world.environment.settle();
  const answered = client.of('listed').map(({ re }) => re);
  const refused = client.of('error').map(({ re, code, retryAfterMs }) => [re, code, retryAfterMs]);
  expect(answered).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  expect(refused).toEqual(Array.from({ length: 36 }, (_, index) => [index + 65, 'too_busy', 1_000]));
  client.forget();
  expect(await client.ask({ kind: 'ping' })).toMatchObject({ kind: 'pong' });
});

test('[REQ-2] too many frames are refused for as long as is said, and no longer', async () => {
  const world = await openGateway({}, { framesBurst: 20 });
  const client = await world.enter(await world.person('ada'));
  for (let id = 1; id <= 25; id++) await client.sayText(JSON.stringify({ kind: 'ping', id: 100 + id }));
  expect(client.of('pong')).toHaveLength(20);
  const { code, retryAfterMs } = client.last('error');
  expect([code, client.end]).toEqual(['too_many_requests', null]);
  await world.environment.advance(retryAfterMs ?? 0);
  expect(await client.ask({ kind: 'ping' })).toMatchObject({ kind: 'pong' });
});

test('[CAP-1] sockets are capped per person, address and server, and places become free again', async () => {
  const world = await openGateway({ socketsPerPersonMax: 2, socketsPerAddressMax: 3, socketsMax: 4 });
  const ada = await world.person('ada');
  const [one] = [await world.enter(ada), await world.enter(ada)];
  const third = world.connect();
  await third.say(helloOf(ada.token, world.environment.id() as DeviceId));
  expect(third.end).toEqual({ code: 4001, reason: 'too_many_connections' });
  expect(third.last('error')).toMatchObject({ retryable: true, retryAfterMs: 5_000 });
  world.connect();
  expect(world.hub.admits('192.0.2.1')).toBe('too_many_connections');
  expect(world.hub.admits('192.0.2.2')).toBeNull();
  world.connect('192.0.2.2');
  expect(world.hub.admits('192.0.2.3')).toBe('too_many_connections');
  one?.connection.closed(true);
  expect(world.hub.admits('192.0.2.1')).toBeNull();
  expect((await world.enter(ada)).end).toBeNull();
});

test('[CAP-1] [A-26] who has a whole network of IPv6 has one address', async () => {
  const world = await openGateway({ socketsPerAddressMax: 2 });
  for (const host of ['1', 'ffff:2']) world.connect(`2001:db8:0:7:${host}::3`);
  expect(world.hub.admits('2001:db8:0:7::9')).toBe('too_many_connections');
  expect(world.hub.admits('2001:db8:0:8::9')).toBeNull();
});

test('[TOKEN-1] a token is renewed on the open socket, by the same login only', async () => {
  const world = await openGateway({ offlineAfterMs: 3_600_000 });
  const [ada, eve] = [await world.person('ada'), await world.person('eve')];
  const client = await world.enter(ada);
  await world.environment.advance(300_000);
  for (const token of ['nonsense', eve.token, (await world.logIn(ada.person)).token]) {
    expect(await client.ask({ kind: 'renew', token })).toMatchObject({ kind: 'error', code: 'unauthenticated' });
  }
  const fresh = await world.sign(ada.person, ada.login, limits.accessTokenLifetimeMs);
  expect(await client.ask({ kind: 'renew', token: fresh })).toMatchObject({
    kind: 'renewed',
    tokenExpiresAt: world.environment.now() + 600_000,
  });
});

test('[TOKEN-2] a token that ends without a fresh one closes the socket with a code that says: come back with a new one', async () => {
  const world = await openGateway({ offlineAfterMs: 3_600_000 });
  const ada = await world.person('ada');
  const [renewed, dead] = [await world.enter(ada), await world.enter(ada)];
  await world.environment.advance(limits.accessTokenLifetimeMs - 5_000);
  await renewed.ask({ kind: 'renew', token: await world.sign(ada.person, ada.login, limits.accessTokenLifetimeMs) });
  await world.environment.advance(10_000);
  expect(dead.end).toEqual({ code: 4100, reason: 'unauthenticated' });
  expect(renewed.end).toBeNull();
});

test.each([
  ['one login', false],
  ['all logins', true],
])('[LOGIN-1] [A-4] %s ended: its sockets are dead at once by the notice', async (_, isAll) => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const elsewhere = await world.logIn(ada.person);
  const [one, two, three] = [await world.enter(ada), await world.enter(ada), await world.enter(elsewhere)];
  await world.directory.endLogins(ada.person, isAll ? null : ada.login, world.environment.now());
  if (isAll) await world.directory.raiseTokenVersion(ada.person);
  world.bus.publish({ notice: 'logins_ended', person: ada.person, login: isAll ? null : ada.login }, () => ['everyone']);
  await world.environment.settle();
  for (const client of [one, two]) expect(client.end).toEqual({ code: 4204, reason: 'login_ended' });
  expect(three.end?.reason).toBe(isAll ? 'login_ended' : undefined);
  one.forget();
  await one.say({ kind: 'ping', id: 1 });
  expect(one.frames).toEqual([]);
});

test.each([
  ['one login', false],
  ['all logins', true],
])('[LOGIN-2] [A-4] %s ended and the notice lost: dead within 30 s all the same', async (_, isAll) => {
  const world = await openGateway({ offlineAfterMs: 3_600_000 });
  const ada = await world.person('ada');
  const elsewhere = await world.logIn(ada.person);
  const [client, other] = [await world.enter(ada), await world.enter(elsewhere)];
  await world.environment.advance(95_000);
  world.bus.isCut = true;
  // Asked for just before, so that it is believed for as long as can be.
  await world.environment.advance(20_000);
  await world.tools.authenticator.verifyAccessToken(ada.token);
  await world.tools.authenticator.verifyAccessToken(elsewhere.token);
  await world.directory.endLogins(ada.person, isAll ? null : ada.login, world.environment.now());
  if (isAll) await world.directory.raiseTokenVersion(ada.person);
  await world.environment.advance(30_000);
  expect(client.end).toEqual({ code: 4204, reason: 'login_ended' });
  expect(other.end?.reason).toBe(isAll ? 'login_ended' : undefined);
});

test('[PING-1] the server asks for a sign of life, and lets go of who gives none', async () => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const [alive, dead] = [await world.enter(ada), await world.enter(ada)];
  for (let second = 0; second < 40; second++) {
    await world.environment.advance(1_000);
    alive.connection.sign();
  }
  expect(alive.pingCount).toBe(4);
  expect(alive.end).toBeNull();
  expect(dead.end).toEqual({ code: 4003, reason: 'idle' });
  expect(dead.isDestroyed).toBe(true);
});

test('[DRAIN-1] a server that goes down tells each when to come back, spread over time, and takes nobody new', async () => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const clients = [await world.enter(ada), await world.enter(ada), await world.enter(ada)];
  world.hub.drain(2_000);
  const times = clients.map((client) => client.last('draining').reconnectAfterMs);
  expect(Math.max(...times)).toBeLessThanOrEqual(2_000);
  expect(new Set(times).size).toBeGreaterThan(1);
  for (const client of clients) expect(client.end).toEqual({ code: 4002, reason: 'draining' });
  expect(world.hub.admits('192.0.2.9')).toBe('draining');
  expect(world.hub.connectionCount).toBe(0);
});

test('[CLOSE-1] what ends a connection is said first as an error with the same code, once', async () => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const client = await world.enter(ada);
  client.forget();
  await client.sayText('{"kind":"nonsense"}');
  client.connection.end('idle');
  expect(client.frames).toMatchObject([{ kind: 'error', code: 'unknown_kind' }]);
  expect(client.end?.code).toBe(4201);
  await client.say({
    kind: 'send',
    id: 1,
    conversation: ada.person as never,
    operations: [{ n: 1 as never, kind: 'message', body: { text: 'x' }, after: genesis }],
  });
  expect(client.frames).toHaveLength(1);
});
