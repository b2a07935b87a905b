import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { Device, greeted, helloOf } from '../device.ts';
import { newId } from '../person.ts';
import type { Place } from '../place.ts';
import { opcodes, RawSocket } from '../raw-socket.ts';
import { rule, type Section, Unseen } from '../rule-case.ts';

const sizeMax = limits.frameSizeBytesMax;
/** Sockets of one person that are opened to find their cap. */
const socketsTried = 100;

/** A ping of exactly so many bytes: JSON may have spaces. */
function pingOf(sizeBytes: number, id: number): string {
  const text = JSON.stringify({ kind: 'ping', id });
  return text + ' '.repeat(sizeBytes - text.length);
}

/** Somebody else is served as ever. */
async function expectUnharmed(place: Place): Promise<void> {
  using device = await Device.enter(await place.person('ada'));
  await device.settle();
}

async function expectClose(place: Place, code: number, attack: (socket: RawSocket) => void): Promise<void> {
  using device = await Device.enter(await place.person('ada'));
  attack(device.raw);
  assert.equal(await device.socket.closed(), code);
  await device.socket.until('the end', () => device.socket.isClosed);
  await expectUnharmed(place);
}

async function expectRefusal(socket: RawSocket, code: keyof typeof errors): Promise<void> {
  await socket.until('the end', () => socket.isClosed);
  assert.equal(socket.status, errors[code].httpStatus);
  const { code: said, status, retryable } = JSON.parse(socket.body) as { code: string; status: number; retryable: boolean };
  assert.deepEqual([said, status, retryable], [code, errors[code].httpStatus, errors[code].retryable]);
}

const texts: readonly [string, number, (socket: RawSocket) => void][] = [
  ['bad JSON', 4200, (socket) => socket.send(opcodes.text, '{"kind":"ping","id":1')],
  ['nothing at all', 4200, (socket) => socket.send(opcodes.text, '')],
  ['a list', 4200, (socket) => socket.say([{ kind: 'ping', id: 1 }])],
  ['a kind that is no text', 4200, (socket) => socket.say({ kind: 1, id: 1 })],
  [
    'a second hello',
    4200,
    (socket) => socket.say({ kind: 'hello', versions: [1], token: 'x', device: newId(), operationNumber: 0, client: '' }),
  ],
  ['100,000 levels', 4200, (socket) => socket.send(opcodes.text, `{"kind":"ping","id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
  ['a key of the prototype', 4200, (socket) => socket.send(opcodes.text, '{"kind":"ping","id":1,"__proto__":{"a":1}}')],
  ['the name of a method as its kind', 4201, (socket) => socket.say({ kind: 'toString', id: 1 })],
  ['an unknown kind', 4201, (socket) => socket.say({ kind: 'teleport', id: 1 })],
];

const broken: readonly [string, number, (socket: RawSocket) => void][] = [
  ['a message one byte too long', 1009, (socket) => socket.send(opcodes.text, pingOf(sizeMax + 1, 1))],
  [
    'fragments one byte too long together',
    1009,
    (socket) => {
      socket.send(opcodes.text, 'x'.repeat(sizeMax), { isLast: false });
      socket.send(opcodes.continuation, 'x');
    },
  ],
  [
    'a length of 2^62 that never comes',
    1009,
    (socket) => socket.socket.write(Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
  ],
  ['text that is no UTF-8', 1007, (socket) => socket.send(opcodes.text, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
  ['a surrogate as UTF-8', 1007, (socket) => socket.send(opcodes.text, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))],
  ['a compressed bomb', 1002, (socket) => socket.send(opcodes.text, deflateRawSync(Buffer.alloc(5_000_000)), { isCompressed: true })],
  ['no mask', 1002, (socket) => socket.send(opcodes.text, '{}', { isMasked: false })],
  ['a continuation of nothing', 1002, (socket) => socket.send(opcodes.continuation, '{}')],
  ['an opcode that there is not', 1002, (socket) => socket.send(3 as never, '{}')],
  ['a ping of 126 bytes', 1002, (socket) => socket.send(opcodes.ping, 'x'.repeat(126))],
  ['a ping in fragments', 1002, (socket) => socket.send(opcodes.ping, 'x', { isLast: false })],
];

/** The server may hear a moment later that a socket before this one is gone. */
async function openedSoon(place: Place, headers: Readonly<Record<string, string>>): Promise<RawSocket> {
  for (const endMs = performance.now() + place.patienceMs; ; ) {
    const socket = await RawSocket.open(place.url, headers);
    if (socket.status === 101) return socket;
    socket[Symbol.dispose]();
    assert.ok(performance.now() < endMs, 'a place that became free stayed taken');
  }
}

export const connection: Section = {
  name: 'connection',
  cases: [
    rule('[CONN-1] a message is one text frame of JSON with a kind; it may come in a hundred fragments', async (place) => {
      using device = await Device.enter(await place.person('ada'));
      const text = JSON.stringify({ kind: 'ping', id: 33 }).padEnd(100);
      for (let index = 0; index < text.length; index++) {
        const opcode = index === 0 ? opcodes.text : opcodes.continuation;
        device.raw.send(opcode, text.slice(index, index + 1), { isLast: index === text.length - 1 });
      }
      assert.equal((await device.answer(33)).kind, 'pong');
    }),

    rule('[CONN-1] no compression is negotiated, whoever asks for it, and only /v1/socket is upgraded', async (place) => {
      using socket = await RawSocket.open(place.url, { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' });
      assert.deepEqual([socket.status, socket.head.includes('sec-websocket-extensions')], [101, false]);
      for (const path of ['/v1/other', '/', '/v1/socket/', '/v1/sockets']) {
        using other = await RawSocket.open(place.url, {}, path);
        assert.equal(other.status, 404, path);
      }
    }),

    rule('[CONN-1] [FRAME-1] a binary message is malformed, whatever is in it', (place) =>
      expectClose(place, 4200, (socket) => socket.send(opcodes.binary, '{"kind":"ping","id":1}')),
    ),

    rule('[CONN-2] the origin of the address connects; another, null or none is refused before the upgrade', async (place) => {
      using own = await RawSocket.open(place.url);
      assert.equal(own.status, 101);
      for (const Origin of ['https://evil.example', 'null', `${place.url}.evil.example`, `${place.url}/`, 'file://', '', null]) {
        using socket = await RawSocket.open(place.url, { Origin });
        await expectRefusal(socket, 'origin_refused');
        assert.ok(socket.head.includes('cache-control: no-store'), `the refusal of ${Origin} may be kept by caches`);
      }
    }),

    ...texts.map(([what, code, attack]) =>
      rule(`${what === 'a second hello' ? '[HELLO-1] ' : ''}[FRAME-1] ${what} ends the connection with ${code}`, (place) =>
        expectClose(place, code, attack),
      ),
    ),

    rule('[FRAME-2] a message of 262,144 bytes is taken, whole and in two fragments', async (place) => {
      using device = await Device.enter(await place.person('ada'));
      device.raw.send(opcodes.text, pingOf(sizeMax, 5));
      assert.equal((await device.answer(5)).kind, 'pong');
      const text = pingOf(sizeMax, 6);
      device.raw.send(opcodes.text, text.slice(0, 100), { isLast: false });
      device.raw.send(opcodes.continuation, text.slice(100));
      assert.equal((await device.answer(6)).kind, 'pong');
    }),

    ...broken.map(([what, code, attack]) => rule(`[FRAME-2] ${what} closes with ${code}`, (place) => expectClose(place, code, attack))),

    rule('[FRAME-2] fragments that never end hold no more than the bound', async (place) => {
      using device = await Device.enter(await place.person('ada'));
      device.raw.send(opcodes.text, '', { isLast: false });
      for (let sent = 0; sent < 40 && !device.socket.isClosed; sent++) {
        device.raw.send(opcodes.continuation, 'x'.repeat(10_000), { isLast: false });
      }
      assert.equal(await device.socket.closed(), 1009);
    }),

    rule('[CLOSE-1] before a code of 4xxx stands an error with the same reason, and both are those of the registry', async (place) => {
      const ada = await place.person('ada');
      const stranger = { token: 'not.a.token' };
      for (const [hello, code] of [
        [{ versions: [2_000_000] }, 'version_unsupported'],
        [stranger, 'unauthenticated'],
      ] as const) {
        const { frames, closed } = await greeted(ada, hello);
        const [error] = frames();
        assert.equal(closed, errors[code].closeCode);
        assert.deepEqual([error?.kind, error?.code, error?.retryable, frames().length], ['error', code, errors[code].retryable, 1]);
      }
      using device = await Device.enter(ada);
      device.say({ kind: 'teleport' });
      assert.equal(await device.socket.closed(), 4201);
      const last = device.frames().at(-1);
      assert.deepEqual([last?.kind, last?.kind === 'error' && last.code], ['error', 'unknown_kind']);
    }),

    rule('[CLOSE-1] a client that does not answer the close has no socket soon after, and hears nothing more', async (place) => {
      using device = await Device.enter(await place.person('ada'));
      device.say({ kind: 'teleport' });
      await device.socket.until('the close', () => device.socket.closeCode() === 4201);
      const count = device.raw.received.length;
      device.say({ kind: 'ping', id: 1 });
      await device.socket.until('the end', () => device.socket.isClosed);
      assert.equal(device.raw.received.length, count);
    }),
  ],
};

export const caps: Section = {
  name: 'caps',
  lane: 'hasty',
  cases: [
    rule(
      '[CAP-1] the socket of a person beyond their cap is closed with 4001, and told when to come back; those there stay',
      async ({ hasty: place }) => {
        const person = await place.person('hal');
        using held = new DisposableStack();
        for (let count = 0; count < socketsTried; count++) {
          const socket = held.use(await RawSocket.open(place.url));
          assert.equal(socket.status, 101, `socket ${count + 1} of a person was refused at the door`);
          socket.answersPings = true;
          socket.say(await helloOf(person));
          const [first] = await socket.until('an answer', () => socket.frames().length > 0 && socket.frames());
          if (first?.kind === 'welcome') continue;
          assert.deepEqual([first?.kind, first?.code, typeof first?.retryAfterMs], ['error', 'too_many_connections', 'number']);
          assert.equal(await socket.closed(), 4001);
          return;
        }
        throw new Unseen(
          `one person may hold more than ${socketsTried} sockets here`,
          'a server with a smaller `PARLOUR_SOCKETS_PER_PERSON_MAX` shows it',
        );
      },
    ),

    ...(
      [
        ['an address', 'socketsPerAddressMax', '--sockets-per-address'],
        ['the server', 'socketsMax', '--sockets'],
      ] as const
    ).map(([whose, setting, option]) =>
      rule(
        `[CAP-1] beyond the cap of ${whose} the upgrade is refused with 503, and let in once there is room`,
        async ({ hasty: place }) => {
          const max = place.options[setting];
          if (max === undefined) throw new Unseen(`nobody said what the cap of ${whose} is`, `\`${option} N\` says it`);
          // Where a proxy is believed, each of the server's comes from an address of its own; elsewhere this header says nothing.
          const from = (count: number): Record<string, string> =>
            setting === 'socketsMax' ? { 'X-Forwarded-For': `192.0.2.${count + 1}` } : {};
          const held: RawSocket[] = [];
          try {
            while (held.length < max) held.push(await openedSoon(place, from(held.length)));
            using beyond = await RawSocket.open(place.url, from(max));
            await expectRefusal(beyond, 'too_many_connections');
            held.pop()?.[Symbol.dispose]();
            held.push(await openedSoon(place, from(max)));
          } finally {
            for (const socket of held) socket[Symbol.dispose]();
          }
        },
      ),
    ),
  ],
};
