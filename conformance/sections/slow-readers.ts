import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import { Device, genesis } from '../device.ts';
import type { Person } from '../person.ts';
import type { Place, Role } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

const undrainedMs = 30_000;
/** Beyond what the server must keep to: machines are slow. */
const marginMs = 60_000;
/** As large as a message is: in UTF-8 each of these has three bytes, so five of them fit a frame. */
const largest = 'あ'.repeat(limits.textLengthMax);
const largestPerFrame = 5;
const largestCount = 70;
/** More than what the kernels of both sides take, at 3 MB each. */
const pullsAsked = 16;
/** Refused for their rate at some 170 bytes each, they come to more than 8 MiB. */
const floodCount = 80_000;
const signEveryMs = 2_000;

/** A conversation with as much in it as one answer may weigh. */
async function heavy(writer: Device, reader: Person): Promise<string> {
  const conversation = await writer.openDirect(reader);
  while ((await writer.headOf(conversation)).seq <= largestCount) {
    await writer.send(
      conversation,
      Array.from({ length: largestPerFrame }, () => writer.message(largest, genesis)),
    );
  }
  return conversation;
}

/**
 * Asks for more than anything between the two takes, and does not read it. Each time somebody who reads is answered the same meanwhile: so what is
 * on its way has time to fill whatever lies between, which under TLS is not done at once.
 */
async function deafen(device: Device, conversation: string): Promise<readonly number[]> {
  device.socket.pause();
  const wish = { kind: 'pull', conversation, fromSeq: 2, untilSeq: largestCount, end: 'first', limit: 200 } as const;
  const ids: number[] = [];
  using reading = await Device.enter(device.person);
  for (let count = 0; count < pullsAsked; count++) {
    const id = device.nextRequest();
    device.say({ ...wish, id });
    ids.push(id);
    await reading.get('range', wish);
  }
  return ids;
}

async function pair(place: Place, name: Role) {
  const [deaf, writer] = await place.people(name, 'sid');
  if (!deaf || !writer) throw new TypeError('two people');
  return { deaf, writer: await Device.enter(writer) };
}

/** Says that it lives, and reads nothing, until nobody listens any more. */
async function untilCut(device: Device, withinMs: number): Promise<void> {
  for (const endMs = performance.now() + withinMs; !device.socket.isClosed; ) {
    assert.ok(performance.now() < endMs, `it is still connected after ${withinMs} ms`);
    device.say({ kind: 'ping', id: device.nextRequest() });
    await waitAsTold(signEveryMs);
  }
}

export const slowReaders: Section = {
  name: 'slow readers',
  cases: [
    rule(
      '[SLOW-1] who does not read loses typing, gets one head a conversation for its runs and `resync` for the rest, once it reads again',
      async (place) => {
        const { deaf, writer } = await pair(place, 'sly');
        using _writer = writer;
        const conversation = await heavy(writer, deaf);
        using device = await Device.enter(deaf);
        using second = await Device.enter(deaf);
        const own = await second.openDirect(deaf);
        await device.settle();
        const since = device.count;
        const answered = await deafen(device, conversation);
        writer.say({ kind: 'type', conversation });
        await second.news('typing');
        const seqs: number[] = [];
        for (let count = 0; count < 3; count++) seqs.push(await writer.place(conversation, writer.message(`unheard ${count}`, genesis)));
        const ownSeq = await second.place(own, second.message('unheard too', genesis));
        second.say({ kind: 'mark', conversation, readSeq: seqs[2] ?? 0, receivedSeq: 0 });
        await second.news('marker', ({ readSeq }) => readSeq === seqs[2]);

        device.socket.resume();
        for (const id of answered) await device.answer(id);
        await device.news('head', (frame) => frame.conversation === conversation && frame.head.seq === seqs[2]);
        await device.news('head', (frame) => frame.conversation === own && frame.head.seq === ownSeq);
        await device.news('resync');
        const heard = device.frames().slice(since);
        const told = heard.flatMap((frame) => (frame.kind === 'entries' ? frame.entries : []));
        assert.deepEqual(told, [], 'entries were written to one who does not read');
        assert.ok(!heard.some(({ kind }) => kind === 'typing'), 'typing was kept for one who does not read');
        // From now on it hears as ever.
        const seq = await writer.place(conversation, writer.message('heard', genesis));
        await device.news('entries', ({ entries }) => entries.some((entry) => entry.seq === seq));
      },
    ),

    rule(
      '[SLOW-2] long answers come one after the other; while much waits, those beyond are `too_busy`, and each is answered once',
      async (place) => {
        const { deaf, writer } = await pair(place, 'sly');
        using _writer = writer;
        const conversation = await heavy(writer, deaf);
        using device = await Device.enter(deaf);
        const ids = await deafen(device, conversation);
        device.socket.resume();
        const answers = await Promise.all(ids.map((id) => device.answer(id)));
        const kinds = answers.map((answer) => (answer.kind === 'error' ? answer.code : answer.kind));
        assert.deepEqual(new Set(kinds), new Set(['range', 'too_busy']), kinds.join());
        assert.deepEqual([kinds[0], kinds.at(-1)], ['range', 'too_busy'], kinds.join());
        for (const answer of answers) assert.ok(answer.kind !== 'error' || (answer.retryable && (answer.retryAfterMs ?? 0) > 0));
        const order = device.frames().flatMap((frame) => ('re' in frame && frame.re && ids.includes(frame.re) ? [frame.re] : []));
        assert.deepEqual(order, ids);
        await device.pull(conversation, 2, 3);
      },
    ),

    rule('[SLOW-2] who asks on without reading is cut off above 8 MiB', async (place) => {
      const { deaf, writer } = await pair(place, 'sly');
      using _writer = writer;
      const conversation = await heavy(writer, deaf);
      using device = await Device.enter(deaf);
      await deafen(device, conversation);
      const startMs = performance.now();
      device.socket.together(() => {
        for (let count = 0; count < floodCount; count++) device.say({ kind: 'ping', id: device.nextRequest() });
      });
      await untilCut(device, marginMs);
      assert.ok(performance.now() - startMs < undrainedMs, 'it was let be until its time was over');
    }),
  ],
};

export const neverReads: Section = {
  name: 'never reads',
  cases: [
    rule('[SLOW-1] after 30 s without reading the socket is cut off, though it gives signs of life', async (place) => {
      const { deaf, writer } = await pair(place, 'slo');
      using _writer = writer;
      const conversation = await heavy(writer, deaf);
      using device = await Device.enter(deaf);
      const startMs = performance.now();
      await deafen(device, conversation);
      await writer.place(conversation, writer.message('unheard', genesis));
      await untilCut(device, undrainedMs + marginMs);
      assert.ok(performance.now() - startMs >= undrainedMs - signEveryMs, 'it was cut off before 30 s');
    }),
  ],
};
