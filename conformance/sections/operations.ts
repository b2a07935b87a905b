import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import { Device, genesis, type Position, type Result, wrongChain } from '../device.ts';
import { newId } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

const errorOf = (result: Result | undefined): string => (result && 'error' in result ? result.error : 'taken');
const seqOf = (result: Result | undefined): number => (result && 'seq' in result ? result.seq : 0);

/** Two who talk, and where their log is. */
async function talk(place: Place) {
  const [ola, otto] = await place.people('ola', 'otto');
  if (!ola || !otto) throw new TypeError('two people');
  const device = await Device.enter(ola);
  const other = await Device.enter(otto);
  const conversation = await device.openDirect(otto);
  const close = (): void => {
    device[Symbol.dispose]();
    other[Symbol.dispose]();
  };
  return { ola, otto, device, other, conversation, head: await device.headOf(conversation), [Symbol.dispose]: close };
}

export const operations: Section = {
  name: 'operations',
  cases: [
    rule(
      '[SEND-1] sent has a result for each operation in its order; the entries come to every device of every member, the sender’s too',
      async (place) => {
        using at = await talk(place);
        using second = await Device.enter(at.ola);
        const batch = ['one', 'two', 'three'].map((text) => at.device.message(text, at.head));
        const results = await at.device.send(at.conversation, batch);
        assert.deepEqual(
          results,
          batch.map(({ n }, index) => ({ n, seq: at.head.seq + 1 + index })),
        );
        for (const device of [at.device, second, at.other]) {
          const told = await device.news(
            'entries',
            ({ conversation, entries }) => conversation === at.conversation && entries.some(({ n }) => n === batch[2]?.n),
          );
          const own = told.entries.filter((entry) => entry.device === at.device.id);
          assert.deepEqual(
            own.map(({ body }) => body),
            batch.map(({ body }) => body),
          );
        }
      },
    ),

    rule('[SEND-1] many sends in one breath to one conversation stand in the order in which they were said', async (place) => {
      using at = await talk(place);
      const batch = Array.from({ length: 50 }, (_, index) => at.device.message(`in order ${index}`, at.head));
      at.device.socket.together(() => {
        for (const operation of batch)
          at.device.say({ kind: 'send', id: at.device.nextRequest(), conversation: at.conversation, operations: [operation] });
      });
      const last = batch.at(-1)?.n;
      const toldLast = await at.other.news('entries', ({ entries }) =>
        entries.some(({ device, n }) => device === at.device.id && n === last),
      );
      const lastSeq = toldLast.entries.at(-1)?.seq ?? 0;
      const { entries } = await at.other.pull(at.conversation, at.head.seq + 1, lastSeq + 1);
      assert.deepEqual(
        entries.map(({ n }) => n),
        batch.map(({ n }) => n),
      );
    }),

    rule('[SEND-1] up to 64 operations make a send, and 65 none; a text has up to 16,000 characters', async (place) => {
      using at = await talk(place);
      const many = Array.from({ length: limits.operationsPerSendMax }, (_, index) => at.device.message(`${index}`, at.head));
      assert.equal((await at.device.send(at.conversation, many)).filter((result) => 'seq' in result).length, limits.operationsPerSendMax);
      await at.device.place(at.conversation, at.device.message('ü'.repeat(limits.textLengthMax), at.head));
      const wrong: readonly (readonly object[])[] = [
        Array.from({ length: limits.operationsPerSendMax + 1 }, (_, index) => at.device.message(`${index}`, at.head)),
        [],
        [at.device.message('ü'.repeat(limits.textLengthMax + 1), at.head)],
        [at.device.message('', at.head)],
        [at.device.message('x', at.head, { n: 0 })],
      ];
      for (const batch of wrong) {
        using device = await Device.enter(at.ola);
        device.say({ kind: 'send', id: 1, conversation: at.conversation, operations: batch });
        assert.equal(await device.socket.closed(), 4200);
      }
    }),

    rule('[SEND-2] a refusal for ever does not hold back those behind it', async (place) => {
      using at = await talk(place);
      const first = at.device.message('first', at.head);
      await at.device.place(at.conversation, first);
      const batch = [{ ...first, body: { text: 'other content' } }, at.device.message('behind', at.head)];
      const [refused, behind] = await at.device.send(at.conversation, batch);
      assert.deepEqual([errorOf(refused), errorOf(behind)], ['id_reuse', 'taken']);
      assert.ok(refused && 'error' in refused && !refused.retryable);
    }),

    rule('[SEND-2] behind one that must wait the others are `held_back`, and none of them is there', async (place) => {
      using at = await talk(place);
      const batch = [
        at.device.message('before', at.head),
        at.device.message('waits', { seq: 1, chain: wrongChain }),
        at.device.message('behind', at.head),
        at.device.message('last', at.head),
      ];
      const results = await at.device.send(at.conversation, batch);
      assert.deepEqual(results.map(errorOf), ['taken', 'diverged', 'held_back', 'held_back']);
      for (const result of results.slice(1)) assert.ok('error' in result && result.retryable);
      const mended = batch.slice(1).map((operation) => ({ ...operation, after: at.head }));
      const seqs = (await at.device.send(at.conversation, mended)).map(seqOf);
      assert.deepEqual(
        seqs,
        [1, 2, 3].map((step) => seqOf(results[0]) + step),
      );
    }),

    rule(
      '[SEND-4] a target is an entry that its author sees, else `malformed`; replies are up to 20, and are not looked up',
      async (place) => {
        using at = await talk(place);
        const beyond = at.device.message('x', at.head, { target: at.head.seq + 1_000 });
        const [refused] = await at.device.send(at.conversation, [beyond]);
        assert.equal(errorOf(refused), 'malformed');
        const seq = await at.device.place(at.conversation, at.device.message('on an entry', at.head, { target: at.head.seq }));
        const { entries } = await at.other.pull(at.conversation, seq, seq + 1);
        assert.equal(entries[0]?.target, at.head.seq);
        const replyTo = Array.from({ length: 20 }, (_, index) => 1_000_000 + index);
        await at.device.place(at.conversation, at.device.message('', at.head, { body: { text: 'answers', replyTo } }));
        using other = await Device.enter(at.ola);
        const tooMany = other.message('', at.head, { body: { text: 'answers', replyTo: [...replyTo, 1] } });
        other.say({ kind: 'send', id: 1, conversation: at.conversation, operations: [tooMany] });
        assert.equal(await other.socket.closed(), 4200);
      },
    ),

    rule('[OP-1] whoever was never a member is answered as of what does not exist, whatever else is wrong', async (place) => {
      using at = await talk(place);
      const first = at.device.message('private', at.head);
      await at.device.place(at.conversation, first);
      using stranger = await Device.enter(await place.person('ada'));
      const wrong: readonly ((n: number) => object)[] = [
        (n) => ({ n, after: genesis }),
        (n) => ({ n, after: at.head }),
        (n) => ({ n, after: { seq: 1, chain: wrongChain } }),
        (n) => ({ n, after: { seq: 1_000_000, chain: wrongChain } }),
        (n) => ({ n, after: at.head, target: 1_000_000 }),
      ];
      for (const [index, make] of wrong.entries()) {
        const operation = { kind: 'message', body: { text: 'x' }, ...make(index + 1) } as never;
        const real = await stranger.send(at.conversation, [operation]);
        const unreal = await stranger.send(newId(), [operation]);
        assert.deepEqual(real, unreal);
        assert.deepEqual(real, [{ ...real[0], n: index + 1, error: 'conversation_not_visible', retryable: false }]);
      }
    }),

    rule('[OP-2] a position that is no place of this log is `diverged`: another chain, or beyond the head', async (place) => {
      using at = await talk(place);
      const wrong: readonly Position[] = [
        { seq: at.head.seq, chain: wrongChain },
        { seq: at.head.seq + 1, chain: at.head.chain },
        { seq: Number.MAX_SAFE_INTEGER, chain: at.head.chain },
        { seq: 1, chain: at.head.chain },
      ];
      for (const after of wrong) {
        const [result] = await at.device.send(at.conversation, [at.device.message('x', after)]);
        assert.equal(errorOf(result), 'diverged', JSON.stringify(after));
        assert.ok(result && 'error' in result && result.retryable);
      }
    }),

    rule(
      '[OP-3] what stands there already is answered with its place, however often and on whatever socket of the device it comes again',
      async (place) => {
        using at = await talk(place);
        const operation = at.device.message('once', at.head);
        const seq = await at.device.place(at.conversation, operation);
        await at.device.place(at.conversation, at.device.message('after it', at.head));
        assert.equal(await at.device.place(at.conversation, operation), seq);
        assert.deepEqual((await at.device.send(at.conversation, [operation, operation])).map(seqOf), [seq, seq]);
        using again = await Device.enter(at.ola, { device: at.device.id });
        assert.equal(await again.place(at.conversation, operation), seq);
        const { entries } = await at.device.pull(at.conversation, seq, seq + 100);
        assert.equal(entries.filter(({ device, n }) => device === at.device.id && n === operation.n).length, 1);
      },
    ),

    rule(
      '[OP-4] an id that stands for other content is `id_reuse`, in the same batch, in the log, and in another conversation',
      async (place) => {
        using at = await talk(place);
        const operation = at.device.message('content', at.head);
        const changed = { ...operation, body: { text: 'other content' } };
        const batch = await at.device.send(at.conversation, [operation, changed]);
        assert.deepEqual(batch.map(errorOf), ['taken', 'id_reuse']);
        assert.deepEqual((await at.device.send(at.conversation, [changed])).map(errorOf), ['id_reuse']);
        const own = await at.device.openDirect(at.ola);
        const elsewhere = { ...operation, after: await at.device.headOf(own) };
        assert.deepEqual((await at.device.send(own, [elsewhere])).map(errorOf), ['id_reuse']);
        const { entries } = await at.device.pull(at.conversation, seqOf(batch[0]), seqOf(batch[0]) + 1);
        assert.deepEqual(entries[0]?.body, operation.body);
      },
    ),

    rule('[OP-5] a lower number behind a higher one of the same device is `superseded`, and its number is lost', async (place) => {
      using at = await talk(place);
      const [low, high] = [at.device.message('low', at.head), at.device.message('high', at.head)];
      await at.device.place(at.conversation, high);
      const [result] = await at.device.send(at.conversation, [low]);
      assert.equal(errorOf(result), 'superseded');
      assert.ok(result && 'error' in result && !result.retryable);
      assert.deepEqual(
        (
          await at.device.send(at.conversation, [at.device.message('n', at.head, { n: 900 }), at.device.message('n', at.head, { n: 899 })])
        ).map(errorOf),
        ['taken', 'superseded'],
      );
    }),

    rule('[OWN-3] sent again after the connection broke without an answer, it is there once', async (place) => {
      using at = await talk(place);
      for (let round = 0; round < 5; round++) {
        const device = await Device.enter(at.ola);
        const { id } = device;
        const operation = device.message(`broken ${round}`, at.head);
        device.say({ kind: 'send', id: 1, conversation: at.conversation, operations: [operation] });
        // The bytes are with the kernel; whether the server has them nobody knows.
        await device.socket.written();
        device[Symbol.dispose]();
        using back = await Device.enter(at.ola, { device: id });
        const seq = await back.place(at.conversation, operation);
        await back.place(at.conversation, back.message('behind', at.head, { n: operation.n + 1 }));
        const { entries } = await back.pull(at.conversation, seq, seq + 200);
        assert.equal(entries.filter((entry) => entry.device === id && entry.n === operation.n).length, 1);
      }
    }),

    rule(
      '[SEND-5] under the id of another device of the same person an operation stands there once; of a device of someone else, or of nobody, none is taken',
      async (place) => {
        using at = await talk(place);
        using heir = await Device.enter(at.ola);
        const [before, after] = [at.device.message('under way', at.head), at.device.message('still waiting', at.head)];
        const seq = await at.device.place(at.conversation, before);
        const sendAs = (device: string, operation: object) =>
          heir.ask({ kind: 'send', conversation: at.conversation, device, operations: [operation] });
        const again = await sendAs(at.device.id, before);
        assert.ok(again.kind === 'sent');
        assert.deepEqual(again.results, [{ n: before.n, seq }]);
        const first = await sendAs(at.device.id, after);
        assert.ok(first.kind === 'sent');
        const [result] = first.results;
        const { entries } = await heir.pull(at.conversation, seqOf(result), seqOf(result) + 1);
        assert.deepEqual([entries[0]?.device, entries[0]?.n, entries[0]?.body], [at.device.id, after.n, after.body]);
        // And whoever comes late with it under that id is told where it stands.
        assert.equal(await at.device.place(at.conversation, after), seqOf(result));
        for (const device of [at.other.id, newId()]) {
          const foreign = await sendAs(device, heir.message('as someone else', at.head));
          assert.ok(foreign.kind === 'error');
          assert.equal(foreign.code, 'device_foreign');
        }
        const { head } = await heir.pull(at.conversation, 1, 2);
        assert.equal(head.seq, seqOf(result));
      },
    ),

    rule(
      '[SEND-3] with too many messages of a person all of the batch is `too_many_requests`, none is there, and it goes through later',
      async (place) => {
        const person = await place.person('req');
        using device = await Device.enter(person);
        using other = await Device.enter(person);
        const conversation = await device.openDirect(person);
        let refused: readonly Result[] = [];
        let batch: ReturnType<Device['message']>[] = [];
        for (let count = 0; count < 200 && refused.length === 0; count++) {
          // From two devices, for the person is what is counted.
          const sender = count % 2 === 0 ? device : other;
          batch = Array.from({ length: limits.operationsPerSendMax }, (_, index) => sender.message(`${index}`, genesis));
          const results = await sender.send(conversation, batch);
          if (results.some((result) => 'error' in result)) refused = results;
          else continue;
          assert.deepEqual(new Set(results.map(errorOf)), new Set(['too_many_requests']));
          const [first] = results;
          assert.ok(first && 'error' in first && first.retryable && (first.retryAfterMs ?? 0) > 0);
          await waitAsTold(first.retryAfterMs ?? 0);
          let again = await sender.send(conversation, batch);
          for (let tries = 0; tries < 20 && again.some((result) => errorOf(result) === 'too_many_requests'); tries++) {
            await waitAsTold((again[0] && 'error' in again[0] && again[0].retryAfterMs) || 0);
            again = await sender.send(conversation, batch);
          }
          assert.deepEqual(new Set(again.map(errorOf)), new Set(['taken']));
        }
        assert.ok(refused.length > 0, 'this person may send more than 12,800 messages at once');
      },
    ),
  ],
};

export const farBehind: Section = {
  name: 'far behind',
  lane: 'far',
  cases: [
    rule('[OP-6] a position 1,024 behind the head is taken, one more is `resync`', async (place) => {
      const [far, fay] = await place.people('far', 'fay');
      if (!far || !fay) throw new TypeError('two people');
      using one = await Device.enter(far);
      using two = await Device.enter(fay);
      const conversation = await one.openDirect(fay);
      const base = await one.headOf(conversation);
      const fill = async (device: Device, count: number): Promise<void> => {
        for (let sent = 0; sent < count; ) {
          const batch = Array.from({ length: Math.min(64, count - sent) }, (_, index) => device.message(`${index}`, genesis));
          // A position at the beginning says nothing that was not so, as long as it is not too far away.
          const after = await device.headOf(conversation);
          const results = await device.send(
            conversation,
            batch.map((operation) => ({ ...operation, after })),
          );
          const slowed = results.find((result) => 'error' in result && result.error === 'too_many_requests');
          if (slowed && 'error' in slowed) await waitAsTold(slowed.retryAfterMs ?? 0);
          else sent += results.filter((result) => 'seq' in result).length;
        }
      };
      await Promise.all([fill(one, 512), fill(two, 512)]);
      const head = await one.headOf(conversation);
      assert.equal(head.seq - base.seq, limits.afterDistanceMax);
      const [taken] = await patiently(() => one.send(conversation, [one.message('at the limit', base)]));
      assert.equal(errorOf(taken), 'taken');
      const [beyond] = await patiently(() => one.send(conversation, [one.message('beyond it', base)]));
      assert.equal(errorOf(beyond), 'resync');
      assert.ok(beyond && 'error' in beyond && beyond.retryable);
    }),
  ],
};

async function patiently(send: () => Promise<readonly Result[]>): Promise<readonly Result[]> {
  for (;;) {
    const results = await send();
    const [first] = results;
    if (errorOf(first) !== 'too_many_requests') return results;
    await waitAsTold((first && 'error' in first && first.retryAfterMs) || 0);
  }
}
