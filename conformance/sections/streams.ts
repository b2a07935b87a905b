import assert from 'node:assert/strict';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { Device, helloOf } from '../device.ts';
import { newId } from '../person.ts';
import { askStream, RawStream } from '../raw-stream.ts';
import { rule, type Section } from '../rule-case.ts';

const sizeMax = limits.frameSizeBytesMax;

function assertRefused(answer: { readonly status: number; readonly body: string } | null, code: keyof typeof errors): void {
  assert.ok(answer, `${code} was expected, and no answer came`);
  const { code: said, status } = JSON.parse(answer.body) as { code: string; status: number };
  assert.deepEqual([said, status, answer.status], [code, errors[code].httpStatus, errors[code].httpStatus]);
}

async function entered(stream: RawStream): Promise<void> {
  await stream.frame('welcome');
}

export const streams: Section = {
  name: 'streams',
  cases: [
    rule('[STREAM-1] a stream is server-sent events that nothing keeps or collects, and carries frames both ways', async (place) => {
      const hello = await helloOf(await place.person('ada'));
      using stream = await RawStream.open(place.url);
      assert.deepEqual([stream.status, stream.headers['content-type']], [200, 'text/event-stream; charset=utf-8']);
      assert.match(String(stream.headers['cache-control']), /no-store/);
      assert.equal(stream.headers['x-accel-buffering'], 'no');
      stream.say(hello);
      await entered(stream);
      stream.together(() => {
        for (const id of [1, 2, 3]) stream.say({ kind: 'ping', id });
      });
      await stream.until('three answers', () => stream.frames().filter(({ kind }) => kind === 'pong').length === 3);
      assert.deepEqual(
        stream.frames().flatMap(({ kind, re }) => (kind === 'pong' ? [re] : [])),
        [1, 2, 3],
      );
    }),

    rule('[STREAM-1] what was said on a WebSocket is heard on a stream, and the other way round', async (place) => {
      const ada = await place.person('ada');
      using socket = await Device.enter(ada);
      using stream = await Device.enter(await ada.over('event stream'));
      const conversation = await socket.openDirect(ada);
      const head = await socket.headOf(conversation);
      for (const [from, to] of [
        [socket, stream],
        [stream, socket],
      ] as const) {
        const seq = await from.place(conversation, from.message('hello', head));
        await to.news('entries', ({ entries }) => entries.some((entry) => entry.seq === seq));
      }
    }),

    rule('[STREAM-1] the end has its code and is the last event, and DELETE takes leave', async (place) => {
      using broken = await RawStream.open(place.url);
      broken.say({ kind: 'teleport' });
      assert.equal(await broken.closed(), errors.hello_expected.closeCode);
      await broken.until('the end', () => broken.isClosed);
      const hello = await helloOf(await place.person('ada'));
      using left = await RawStream.open(place.url);
      left.say(hello);
      await entered(left);
      left.leave();
      await left.until('the end', () => left.isClosed);
      assert.equal(left.closeCode(), null);
    }),

    rule('[STREAM-1] [CONN-2] a page of elsewhere neither opens one nor speaks in it', async (place) => {
      const id = newId();
      using stream = await RawStream.open(place.url, id);
      for (const origin of ['https://evil.example', 'null', `${place.url}.evil.example`]) {
        assertRefused(await askStream(place.url, { method: 'POST', id, body: '{"kind":"ping"}', headers: { origin } }), 'origin_refused');
        const asked = await fetch(`${place.url}/v1/stream`, { headers: { origin, 'parlour-stream': newId() } });
        assert.equal(asked.status, 403);
        await asked.body?.cancel();
      }
      assert.equal(stream.closeCode(), null);
    }),

    rule(
      '[STREAM-2] a body of 262,144 bytes is taken; one byte more is 413, text that is no UTF-8 is 400, and the stream stays',
      async (place) => {
        using stream = await RawStream.open(place.url);
        stream.say(await helloOf(await place.person('ada')));
        await entered(stream);
        const ping = JSON.stringify({ kind: 'ping', id: 7 });
        assertRefused(await stream.post(ping.padEnd(sizeMax + 1)), 'too_large');
        assertRefused(await stream.post(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 'malformed');
        assert.equal((await stream.post(ping.padEnd(sizeMax)))?.status, 204);
        await stream.until('pong', () => stream.frames().some(({ re }) => re === 7));
      },
    ),

    rule('[STREAM-2] a thousand lines are taken together, and of one more nothing is done', async (place) => {
      const hello = await helloOf(await place.person('ada'));
      using stream = await RawStream.open(place.url);
      stream.say(hello);
      await entered(stream);
      const typing = JSON.stringify({ kind: 'type', conversation: newId() });
      const lines = [...Array.from({ length: limits.framesPerPostMax - 1 }, () => typing), JSON.stringify({ kind: 'ping', id: 8 })];
      assertRefused(await stream.post([typing, ...lines].join('\n')), 'malformed');
      // What others do meanwhile may be told.
      assert.deepEqual(
        stream.frames().filter(({ kind }) => kind === 'pong' || kind === 'error'),
        [],
      );
      assert.equal((await stream.post(lines.join('\n')))?.status, 204);
      await stream.until('the answer to the last', () => stream.frames().some(({ re }) => re === 8));
    }),

    rule('[STREAM-2] a stream that there is not, a name that is none, and one that is taken are refused', async (place) => {
      assertRefused(await askStream(place.url, { method: 'POST', id: newId(), body: '{"kind":"ping"}' }), 'not_found');
      assertRefused(await askStream(place.url, { method: 'DELETE', id: newId(), body: null }), 'not_found');
      for (const id of [null, 'x', newId().toUpperCase()])
        assertRefused(await askStream(place.url, { method: 'POST', id, body: '{"kind":"ping"}' }), 'malformed');
      const id = newId();
      using held = await RawStream.open(place.url, id);
      using second = await RawStream.open(place.url, id);
      await second.until('the refusal', () => second.isClosed);
      assertRefused({ status: second.status, body: second.body }, 'malformed');
      assert.deepEqual([held.status, held.isClosed], [200, false]);
    }),
  ],
};
