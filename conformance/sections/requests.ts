import assert from 'node:assert/strict';
import { errors } from '@parlour/core/errors';
import { Device, genesis } from '../device.ts';
import { newId } from '../person.ts';
import { rule, type Section } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

const requestsMax = 64;
/** Far beyond what a device may send at once. */
const floodCount = 3_000;
const roundsMax = 20;

/** All frames in one write, so that the server has them at once. */
function sayAll(device: Device, frames: readonly object[]): void {
  device.socket.together(() => {
    for (const frame of frames) device.say(frame);
  });
}

export const requests: Section = {
  name: 'requests',
  cases: [
    rule(
      '[REQ-1] each request has one answer with its own id, also where the same id comes again, and its own kind of answer',
      async (place) => {
        const person = await place.person('req');
        using device = await Device.enter(person);
        const conversation = await device.openDirect(person);
        const since = device.count;
        const asked = [
          [{ kind: 'ping' }, 'pong'],
          [{ kind: 'pull', conversation, fromSeq: 1, untilSeq: 2, end: 'first', limit: 1 }, 'range'],
          [{ kind: 'list', limit: 1 }, 'listed'],
          [{ kind: 'look_up', conversations: [conversation] }, 'listed'],
          [{ kind: 'ask_people', people: [person.id] }, 'people'],
          [{ kind: 'pull_registers', sinceVer: 0 }, 'registers'],
          [{ kind: 'open', person: person.id }, 'opened'],
          [{ kind: 'open', person: newId() }, 'error'],
          [{ kind: 'send', conversation, operations: [device.message('x', genesis)] }, 'sent'],
          [{ kind: 'put_register', key: `drafts.${newId()}`, ver: 0, value: '1' }, 'register_put'],
        ] as const;
        sayAll(
          device,
          asked.map(([frame], index) => ({ ...frame, id: 9_007_199_254_740_991 - index })),
        );
        for (const [index, [frame, kind]] of asked.entries()) {
          assert.equal((await device.answer(9_007_199_254_740_991 - index)).kind, kind, frame.kind);
        }
        sayAll(device, [
          { kind: 'ping', id: 5 },
          { kind: 'ping', id: 5 },
        ]);
        await device.settle();
        const answered = device
          .frames()
          .slice(since)
          .flatMap((frame) => ('re' in frame && frame.re ? [frame.re] : []));
        assert.equal(answered.filter((re) => re === 5).length, 2);
        for (const [index] of asked.entries()) assert.equal(answered.filter((re) => re === 9_007_199_254_740_991 - index).length, 1);
      },
    ),

    rule(
      '[REQ-1] 64 requests may be under way; those beyond are `too_busy`, are not done, and every one is answered once',
      async (place) => {
        using device = await Device.enter(await place.person('req'));
        let refused = 0;
        for (let round = 0; round < roundsMax && refused === 0; round++) {
          const keys = Array.from({ length: requestsMax * 3 }, () => `drafts.${newId()}`);
          const first = 10_000 * (round + 1);
          sayAll(
            device,
            keys.map((key, index) => ({ kind: 'put_register', id: first + index, key, ver: 0, value: '1' })),
          );
          const answers = await Promise.all(keys.map((_, index) => device.answer(first + index)));
          for (const answer of answers.slice(0, requestsMax)) assert.equal(answer.kind, 'register_put');
          const done = new Set(answers.flatMap((answer) => (answer.kind === 'register_put' ? [answer.key] : [])));
          const others = answers.filter((answer) => answer.kind !== 'register_put');
          for (const answer of others) {
            assert.deepEqual([answer.kind, answer.kind === 'error' && answer.code], ['error', 'too_busy']);
            assert.ok(answer.kind === 'error' && answer.retryable && (answer.retryAfterMs ?? 0) > 0);
          }
          refused = others.length;
          const { registers } = (await device.person.call('loadRegisters')).body as { registers: { key: string }[] };
          const kept = new Set(registers.map(({ key }) => key));
          for (const key of keys) assert.equal(kept.has(key), done.has(key), 'what was refused was done, or what was done is not there');
        }
        assert.ok(refused > 0, `${requestsMax * 3} requests at once were all taken, ${roundsMax} times`);
      },
    ),

    rule(
      '[REQ-2] a device that says too much is told when to come again, nothing of it was looked at, and other devices are served',
      async (place) => {
        const person = await place.person('req');
        using device = await Device.enter(person);
        using other = await Device.enter(person);
        const keys = Array.from({ length: 50 }, () => `drafts.${newId()}`);
        sayAll(device, [
          ...Array.from({ length: floodCount }, (_, index) => ({ kind: 'ping', id: index + 1 })),
          ...keys.map((key, index) => ({ kind: 'put_register', id: floodCount + 1 + index, key, ver: 0, value: '1' })),
        ]);
        await other.settle();
        const last = await device.answer(floodCount + keys.length);
        const answers = device.frames().flatMap((frame) => ('re' in frame && frame.re ? [frame] : []));
        assert.equal(answers.length, floodCount + keys.length);
        const slowed = answers.filter((answer) => answer.kind === 'error' && answer.code === 'too_many_requests');
        assert.ok(slowed.length > 0, `${floodCount} frames at once were all looked at`);
        for (const answer of slowed) assert.ok(answer.kind === 'error' && answer.retryable && (answer.retryAfterMs ?? 0) > 0);
        const done = new Set(answers.flatMap((answer) => (answer.kind === 'register_put' ? [answer.key] : [])));
        const { registers } = (await person.call('loadRegisters')).body as { registers: { key: string }[] };
        const kept = new Set(registers.map(({ key }) => key));
        for (const key of keys) assert.equal(kept.has(key), done.has(key));
        await waitAsTold((last.kind === 'error' && last.retryAfterMs) || 0);
        await device.settle();
      },
    ),

    rule('[REQ-3] `retryable` says of each refusal what the registry says', async (place) => {
      const person = await place.person('req');
      using device = await Device.enter(person);
      const conversation = await device.openDirect(person);
      const refusals = [
        await device.refused({ kind: 'open', person: newId() }),
        await device.refused({ kind: 'pull', conversation: newId(), fromSeq: 1, untilSeq: 2, end: 'first', limit: 1 }),
        await device.refused({ kind: 'pull', conversation, fromSeq: 2, untilSeq: 2, end: 'first', limit: 1 }),
        await device.refused({ kind: 'put_register', key: 'settings.theme', ver: 77, value: '1' }),
        await device.refused({ kind: 'renew', token: 'x' }),
      ];
      for (const { code, retryable, sentence } of refusals) {
        assert.deepEqual([retryable, sentence], [errors[code].retryable, errors[code].sentence], code);
      }
      const codes = refusals.map(({ code }) => code);
      assert.deepEqual(codes, ['person_not_found', 'conversation_not_visible', 'range_empty', 'register_conflict', 'unauthenticated']);
    }),
  ],
};
