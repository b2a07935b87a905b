import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opcodes, RawSocket } from '../conformance/raw-socket.ts';
import { idFromBytes } from '../packages/core/src/ids.ts';
import { limits } from '../packages/core/src/limits.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

type Account = { readonly accessToken: string; readonly login: string; readonly person: { readonly id: string } };

const newId = (): string => idFromBytes(randomBytes(16));
const helloOf = (token: string, device = newId()) => ({
  kind: 'hello',
  versions: [1],
  token,
  device,
  operationNumber: 0,
  client: 'attack',
});

let folder: TemporaryFolder;
let server: ParlourProcess;
let ben: Account;

async function call(method: string, path: string, { token, body }: { token?: string; body?: object } = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

const password = 'violet tractor 19 umbrella';
async function register(handle: string): Promise<Account> {
  const answer = await call('POST', '/v1/accounts', { body: { email: `${handle}@example.org`, handle, password, client: 'program' } });
  expect(answer.status).toBe(201);
  return answer.json() as Promise<Account>;
}

async function enter({ accessToken }: Account): Promise<RawSocket> {
  const socket = await RawSocket.open(server.url);
  socket.say(helloOf(accessToken));
  await socket.frame('welcome');
  return socket;
}

/** Somebody else is served as ever, by the same process. */
async function expectUnharmed(): Promise<void> {
  using socket = await enter(ben);
  socket.say({ kind: 'ping', id: 7 });
  expect(await socket.frame('pong')).toMatchObject({ re: 7 });
  expect((await call('GET', '/v1/me', { token: ben.accessToken })).status).toBe(200);
}

beforeAll(async () => {
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({
    dataFolder: folder.path,
    env: { PARLOUR_ALLOWED_ORIGINS: 'https://friend.example', PARLOUR_RATE_SENDS_BURST: '1000' },
  });
  ben = await register('ben');
});
afterAll(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

describe('upgrade', () => {
  test.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'https://friend.example.evil.example', '', null])(
    '[CONN-2] [A-1] what says to be of origin "%s", or of none, cannot connect, token or not',
    async (origin) => {
      using socket = await RawSocket.open(server.url, { Origin: origin });
      expect(socket.status).toBe(403);
      expect(socket.head).toContain('cache-control: no-store');
      await socket.until('the end', () => socket.isClosed);
      expect(JSON.parse(socket.body)).toMatchObject({ code: 'origin_refused', status: 403, retryable: false });
      await expectUnharmed();
    },
  );

  test('[CONN-2] [A-1] a host name that points here makes no page ours', async () => {
    using rebound = await RawSocket.open(server.url, { Host: 'evil.example', Origin: 'http://evil.example' });
    expect(rebound.status).toBe(403);
  });

  test('[CONN-2] pages of this server and of those on the list connect, and programs that name its origin', async () => {
    for (const origin of [server.url, 'https://friend.example']) {
      using socket = await RawSocket.open(server.url, { Origin: origin });
      expect(socket.status).toBe(101);
    }
  });

  test('[CONN-1] no compression is negotiated, whoever asks for it; elsewhere nothing is upgraded', async () => {
    using socket = await RawSocket.open(server.url, { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' });
    expect([socket.status, socket.head.includes('sec-websocket-extensions')]).toEqual([101, false]);
    using other = await RawSocket.open(server.url, {}, '/v1/other');
    expect(other.status).toBe(404);
    using withToken = await RawSocket.open(server.url, {}, `/v1/socket?token=${ben.accessToken}`);
    withToken.say({ kind: 'ping', id: 1 });
    expect(await withToken.closed()).toBe(4203);
  });
});

describe('frames', () => {
  test('[HELLO-1] [A-3] frames before hello close the socket, and nothing of them is done', async () => {
    using socket = await RawSocket.open(server.url);
    socket.say({ kind: 'list', id: 1, limit: 10 });
    expect(await socket.closed()).toBe(4203);
    expect(socket.frames()).toMatchObject([{ kind: 'error', code: 'hello_expected' }]);
    await expectUnharmed();
  });

  test('[HELLO-1] [A-27] who connects and stays silent is gone after 5 s; half an upgrade is, too', async () => {
    using silent = await RawSocket.open(server.url);
    const loris = connect(server.port, '127.0.0.1');
    loris.on('error', () => {});
    loris.write('GET /v1/socket HTTP/1.1\r\nHost: x\r\n');
    const lorisGone = new Promise<void>((resolve) => loris.once('close', () => resolve()));
    loris.resume();
    expect(await silent.closed()).toBe(4000);
    await lorisGone;
    await expectUnharmed();
  });

  const size = limits.frameSizeBytesMax;
  const attacks: readonly [string, number, (socket: RawSocket) => void][] = [
    ['[A-22] a frame above the bound', 1009, (socket) => socket.send(opcodes.text, 'x'.repeat(size + 1))],
    [
      '[A-22] fragments above the bound together',
      1009,
      (socket) => {
        socket.send(opcodes.text, 'x'.repeat(size - 10), { isLast: false });
        socket.send(opcodes.continuation, 'x'.repeat(20));
      },
    ],
    [
      '[A-22] a length of 2^62 that never comes',
      1009,
      (socket) => socket.socket.write(Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
    ],
    [
      '[A-22] a compressed bomb',
      1002,
      (socket) => socket.send(opcodes.text, deflateRawSync(Buffer.alloc(50_000_000)), { isCompressed: true }),
    ],
    ['[A-22] an unmasked frame', 1002, (socket) => socket.send(opcodes.text, '{}', { isMasked: false })],
    ['[A-22] a continuation of nothing', 1002, (socket) => socket.send(opcodes.continuation, '{}')],
    ['[A-21] text that is no UTF-8', 1007, (socket) => socket.send(opcodes.text, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
    ['[A-21] a surrogate as UTF-8', 1007, (socket) => socket.send(opcodes.text, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))],
    ['[A-21] a binary frame', 4200, (socket) => socket.send(opcodes.binary, '{"kind":"ping","id":1}')],
    [
      '[A-21] 100,000 levels',
      4200,
      (socket) => socket.send(opcodes.text, `{"kind":"ping","id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    ],
    ['[A-21] a prototype', 4200, (socket) => socket.send(opcodes.text, '{"kind":"ping","id":1,"__proto__":{"a":1}}')],
    ['[A-21] an unknown kind', 4201, (socket) => socket.say({ kind: 'teleport', id: 1 })],
  ];
  test.each(attacks)('[FRAME-2] %s is refused with %i, and the process serves on', async (_, code, attack) => {
    using socket = await enter(ben);
    attack(socket);
    expect(await socket.closed()).toBe(code);
    await socket.until('the end', () => socket.isClosed);
    await expectUnharmed();
  });

  test('[FRAME-2] a frame in many small pieces is one frame', async () => {
    using socket = await enter(ben);
    const text = JSON.stringify({ kind: 'ping', id: 33 });
    for (let index = 0; index < text.length; index++)
      socket.send(index === 0 ? opcodes.text : opcodes.continuation, text.slice(index, index + 1), { isLast: index === text.length - 1 });
    expect(await socket.frame('pong')).toMatchObject({ re: 33 });
  });

  test('[A-22] fragments without an end hold no more than the bound', async () => {
    using socket = await enter(ben);
    socket.send(opcodes.text, '', { isLast: false });
    for (let sent = 0; sent < 40 && !socket.isClosed; sent++) socket.send(opcodes.continuation, 'x'.repeat(10_000), { isLast: false });
    expect(await socket.closed()).toBe(1009);
    await expectUnharmed();
  });
});

describe('logins', () => {
  test('[LOGIN-1] [A-4] logging out closes the sockets of that login within 2 s, and everywhere those of all', async () => {
    const eve = await register('eve');
    const body = { name: 'eve', password, client: 'program' };
    const other = (await (await call('POST', '/v1/logins', { body })).json()) as Account;
    using one = await enter(eve);
    using two = await enter(other);
    expect((await call('DELETE', '/v1/logins/current', { token: eve.accessToken })).status).toBe(204);
    expect(await one.closed(2_000)).toBe(4204);
    two.say({ kind: 'ping', id: 1 });
    await two.frame('pong');
    expect((await call('DELETE', '/v1/logins', { token: other.accessToken })).status).toBe(204);
    expect(await two.closed(2_000)).toBe(4204);
    using again = await RawSocket.open(server.url);
    again.say(helloOf(other.accessToken));
    expect(await again.closed()).toBe(4204);
  });

  test('[LOGIN-1] [A-4] a client that ignores the close has no socket any more soon after, and hears nothing', async () => {
    const mallory = await register('mallory');
    using socket = await enter(mallory);
    expect((await call('DELETE', '/v1/logins', { token: mallory.accessToken })).status).toBe(204);
    await socket.until('the close', () => socket.closeCode() === 4204);
    const count = socket.received.length;
    socket.say({ kind: 'list', id: 1, limit: 1 });
    await socket.until('the end', () => socket.isClosed);
    expect(socket.received.length).toBe(count);
  });

  test('[LOGIN-1] [A-5] a changed password closes the sockets of all other logins, and leaves the one that changed it', async () => {
    const nora = await register('nora');
    const other = (await (await call('POST', '/v1/logins', { body: { name: 'nora', password, client: 'program' } })).json()) as Account;
    using stolen = await enter(other);
    using own = await enter(nora);
    const changed = await call('POST', '/v1/me/password', {
      token: nora.accessToken,
      body: { oldPassword: password, newPassword: 'quiet meadow 83 lantern' },
    });
    expect(changed.status).toBe(200);
    expect(await stolen.closed(2_000)).toBe(4204);
    using again = await RawSocket.open(server.url);
    again.say(helloOf(other.accessToken));
    expect(await again.closed()).toBe(4204);
    using fresh = await enter((await changed.json()) as Account);
    fresh.say({ kind: 'ping', id: 1 });
    await fresh.frame('pong');
    own.socket.destroy();
  });

  test('[HELLO-4] [A-7] [A-23] a device of someone else is refused on the socket and over HTTP', async () => {
    const [rosa, theo] = [await register('rosa'), await register('theo')];
    const device = newId();
    using rosas = await RawSocket.open(server.url);
    rosas.say(helloOf(rosa.accessToken, device));
    await rosas.frame('welcome');
    using thief = await RawSocket.open(server.url);
    thief.say(helloOf(theo.accessToken, device));
    expect(await thief.closed()).toBe(4205);
    const own = (await (await call('POST', '/v1/conversations', { token: theo.accessToken, body: { person: theo.person.id } })).json()) as {
      conversation: string;
    };
    const sent = await call('POST', `/v1/conversations/${own.conversation}/entries`, {
      token: theo.accessToken,
      body: { device, n: 1, text: 'x' },
    });
    expect(sent.status).toBe(403);
    expect(await sent.json()).toMatchObject({ code: 'device_foreign' });
    rosas.say({ kind: 'ping', id: 1 });
    await rosas.frame('pong');
  });
});

describe('strangers over HTTP', () => {
  test('[A-11] [A-20] [EVID-2] every question about a conversation of others is answered as of one that does not exist', async () => {
    const [gwen, hugo, stranger] = [await register('gwen'), await register('hugo'), await register('nosy')];
    const opened = await call('POST', '/v1/conversations', { token: gwen.accessToken, body: { person: hugo.person.id } });
    const { conversation } = (await opened.json()) as { conversation: string };
    const device = newId();
    for (let n = 1; n <= 3; n++)
      await call('POST', `/v1/conversations/${conversation}/entries`, { token: gwen.accessToken, body: { device, n, text: 'private' } });
    const own = newId();
    const answersFor = async (id: string) => {
      const { accessToken: token } = stranger;
      const path = `/v1/conversations/${id}`;
      const answers = [
        await call('GET', path, { token }),
        await call('GET', `${path}/entries`, { token }),
        await call('GET', `${path}/entries?fromSeq=1&untilSeq=9007199254740991&end=first&limit=200`, { token }),
        await call('GET', `${path}/markers`, { token }),
        await call('GET', `${path}/evidence`, { token }),
        await call('PUT', `${path}/marker`, { token, body: { readSeq: 1, receivedSeq: 1 } }),
        await call('PUT', `${path}/marker`, { token, body: { readSeq: 99, receivedSeq: 99 } }),
        await call('POST', `${path}/entries`, { token, body: { device: own, n: 1, text: 'x' } }),
        await call('POST', `${path}/entries`, { token, body: { device: own, n: 2, text: 'x', after: { seq: 2, chain: 'A'.repeat(22) } } }),
      ];
      return Promise.all(answers.map(async (answer) => [answer.status, answer.headers.get('cache-control'), await answer.text()]));
    };
    const forReal = await answersFor(conversation);
    expect(forReal).toEqual(await answersFor(newId()));
    for (const [status, caching, text] of forReal) {
      expect([status, caching]).toEqual([404, 'no-store']);
      expect(text).not.toContain('private');
    }
  });

  test('[A-24] a member’s forged position, future seq and million-wide range are refused or bounded', async () => {
    const ivan = await register('ivan');
    const { accessToken: token } = ivan;
    const { conversation } = (await (await call('POST', '/v1/conversations', { token, body: { person: ivan.person.id } })).json()) as {
      conversation: string;
    };
    const send = (n: number, more: object) =>
      call('POST', `/v1/conversations/${conversation}/entries`, { token, body: { device: newId(), n, text: 'x', ...more } });
    for (const after of [
      { seq: 1, chain: 'B'.repeat(21).concat('A') },
      { seq: 1_000_000, chain: 'A'.repeat(22) },
    ]) {
      const refused = await send(1, { after });
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'diverged']);
    }
    using writer = await enter(ivan);
    const start = { seq: 0, chain: 'A'.repeat(22) };
    for (let n = 1; n <= 256; n += 64) {
      const operations = Array.from({ length: 64 }, (_, index) => ({ n: n + index, kind: 'message', body: { text: 'x' }, after: start }));
      writer.say({ kind: 'send', id: n, conversation, operations });
      await writer.until('the answer', () => writer.frames().some((frame) => frame.kind === 'sent' && frame.re === n));
    }
    const wide = await call('GET', `/v1/conversations/${conversation}/entries?fromSeq=1&untilSeq=9007199254740991&end=last&limit=200`, {
      token,
    });
    expect(((await wide.json()) as { entries: unknown[] }).entries).toHaveLength(200);
    for (const query of ['fromSeq=-1', 'fromSeq=1e9', 'limit=201', 'fromSeq=99999999999999999999', 'end=middle', 'fromSeq[$gt]=1'])
      expect((await call('GET', `/v1/conversations/${conversation}/entries?${query}`, { token })).status).toBe(400);
    const ahead = await call('PUT', `/v1/conversations/${conversation}/marker`, { token, body: { readSeq: 9_999, receivedSeq: 0 } });
    expect([ahead.status, ((await ahead.json()) as { code: string }).code]).toEqual([409, 'marker_beyond_head']);
  });
});

describe('the process', () => {
  test('[SPEC-2] describes its socket as it describes its API', async () => {
    for (const [path, version] of [
      ['/v1/asyncapi.json', { asyncapi: '3.0.0' }],
      ['/v1/openapi.json', { openapi: '3.1.1' }],
    ] as const) {
      const answer = await call('GET', path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(await answer.json()).toMatchObject(version);
    }
  });

  test('[A-27] sockets that ask and never read leave memory where it was, and are closed', async () => {
    const olga = await register('olga');
    const { accessToken: token } = olga;
    const { conversation } = (await (await call('POST', '/v1/conversations', { token, body: { person: olga.person.id } })).json()) as {
      conversation: string;
    };
    using writer = await enter(olga);
    const after = { seq: 0, chain: 'A'.repeat(22) };
    for (let n = 1; n <= 128; n += 16) {
      const operations = Array.from({ length: 16 }, (_, index) => ({
        n: n + index,
        kind: 'message',
        body: { text: 'x'.repeat(15_000) },
        after,
      }));
      writer.say({ kind: 'send', id: n, conversation, operations });
      await writer.until('the answer', () => writer.frames().some((frame) => frame.kind === 'sent' && frame.re === n));
    }
    writer.socket.destroy();
    const before = residentBytes();
    const deaf = await Promise.all(Array.from({ length: 10 }, () => enter(olga)));
    for (const socket of deaf) {
      socket.socket.pause();
      for (let id = 1; id <= 200; id++) socket.say({ kind: 'pull', id, conversation, fromSeq: 1, untilSeq: 200, end: 'first', limit: 200 });
    }
    let most = 0;
    for (let look = 0; look < 20; look++) {
      await expectUnharmed();
      most = Math.max(most, residentBytes());
    }
    // Unbounded it would be 10 sockets x 200 answers x 1 MiB.
    expect(most - before).toBeLessThan(300 * 1_048_576);
    for (const socket of deaf) socket.socket.destroy();
    await expectUnharmed();
  });

  test('[A-29] it listens on the one port it was told, on loopback, and on nothing else', async () => {
    expect(listeningPorts()).toEqual([`127.0.0.1:${server.port}`]);
  });
});

/** Of the server process, as the kernel knows it. */
function residentBytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1_024;
}

/** Where the server process listens, by its open files and the kernel's tables (Linux). */
function listeningPorts(): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${server.pid}/fd`).flatMap((fd) => {
      return /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${server.pid}/fd/${fd}`))?.[1] ?? [];
    }),
  );
  const listening = '0A';
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        if (state !== listening || !inodes.has(inode)) return [];
        const [address = '', port = ''] = local.split(':');
        const readable = address === '0100007F' ? '127.0.0.1' : address;
        return [`${readable}:${Number.parseInt(port, 16)}`];
      }),
  );
}

/** Empty for what was closed since it was listed. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
