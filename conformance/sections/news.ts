import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import { Device, genesis } from '../device.ts';
import { memberships, needsMembers } from '../groups.ts';
import { newId } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';

/** Beyond what the server must keep to: machines are slow. */
const marginMs = 30_000;
const announcedAfterMs = [1_000, 4_000, 16_000] as const;

async function talk(place: Place) {
  const [nia, nox] = await place.people('nia', 'nox');
  if (!nia || !nox) throw new TypeError('two people');
  const device = await Device.enter(nia);
  const other = await Device.enter(nox);
  const conversation = await device.openDirect(nox);
  const close = (): void => {
    device[Symbol.dispose]();
    other[Symbol.dispose]();
  };
  return { nia, nox, device, other, conversation, [Symbol.dispose]: close };
}

export const news: Section = {
  name: 'news',
  lane: 'log',
  cases: [
    rule('[FAN-1] runs of entries follow each other without a gap or an overlap, seq and chain, as one pulls them', async (place) => {
      using at = await talk(place);
      const start = await at.device.headOf(at.conversation);
      for (let count = 0; count < 10; count++) {
        const device = count % 2 === 0 ? at.device : at.other;
        const batch = Array.from({ length: (count % 4) + 1 }, (_, index) => device.message(`${count}.${index}`, start));
        await device.send(at.conversation, batch);
      }
      const { head } = await at.device.pull(at.conversation, 1, 2);
      await at.device.news('entries', ({ entries }) => entries.at(-1)?.seq === head.seq);
      for (const device of [at.device, at.other]) {
        await device.news('entries', ({ entries }) => entries.at(-1)?.seq === head.seq);
        const runs = device
          .frames()
          .flatMap((frame) => (frame.kind === 'entries' && frame.conversation === at.conversation ? [frame] : []));
        const newer = runs.filter(({ previous }) => previous.seq >= start.seq);
        let held = { seq: start.seq as number, chain: start.chain as string };
        for (const { previous, entries } of newer) {
          assert.deepEqual(previous, held);
          const last = entries.at(-1);
          held = { seq: last?.seq ?? 0, chain: last?.chain ?? '' };
        }
        assert.deepEqual(held, head);
        const pulled = await device.pull(at.conversation, start.seq + 1, head.seq + 1);
        assert.deepEqual(
          newer.flatMap(({ entries }) => entries),
          pulled.entries,
        );
      }
    }),

    rule(
      '[PULL-1] a range is one unbroken piece from its first or its last on, of at most `limit` entries, and says where it stands',
      async (place) => {
        using at = await talk(place);
        await at.device.send(
          at.conversation,
          Array.from({ length: 20 }, (_, index) => at.device.message(`${index}`, genesis)),
        );
        const { seq: headSeq } = await at.device.headOf(at.conversation);
        for (const [wish, fromSeq, untilSeq] of [
          [{ fromSeq: 5, untilSeq: 15, end: 'first', limit: 4 }, 5, 9],
          [{ fromSeq: 5, untilSeq: 15, end: 'last', limit: 4 }, 11, 15],
          [{ fromSeq: 5, untilSeq: 15, end: 'first', limit: 10 }, 5, 15],
          [{ fromSeq: 1, untilSeq: 2, end: 'last', limit: 200 }, 1, 2],
          [{ fromSeq: headSeq, untilSeq: Number.MAX_SAFE_INTEGER, end: 'first', limit: 200 }, headSeq, headSeq + 1],
          [{ fromSeq: headSeq + 1, untilSeq: headSeq + 9, end: 'first', limit: 200 }, headSeq + 1, headSeq + 1],
        ] as const) {
          const range = await at.device.get('range', { kind: 'pull', conversation: at.conversation, ...wish });
          assert.deepEqual([range.fromSeq, range.untilSeq, range.head.seq], [fromSeq, untilSeq, headSeq], JSON.stringify(wish));
          assert.deepEqual(
            range.entries.map(({ seq }) => seq),
            Array.from({ length: untilSeq - fromSeq }, (_, index) => fromSeq + index),
          );
          if (range.entries.length > 0) assert.equal(range.previous.seq, fromSeq - 1);
        }
        for (const [fromSeq, untilSeq] of [
          [5, 5],
          [6, 5],
        ]) {
          const { code } = await at.device.refused({
            kind: 'pull',
            conversation: at.conversation,
            fromSeq,
            untilSeq,
            end: 'first',
            limit: 1,
          });
          assert.equal(code, 'range_empty');
        }
      },
    ),

    rule('[PULL-1] up to 200 entries make a range, 201 are no wish; a million-wide range is as narrow as any', async (place) => {
      using at = await talk(place);
      for (let sent = 0; sent < 200; sent += 50) {
        const device = sent % 100 === 0 ? at.device : at.other;
        await device.send(
          at.conversation,
          Array.from({ length: 50 }, (_, index) => device.message(`${index}`, genesis)),
        );
      }
      const { seq: headSeq } = await at.device.headOf(at.conversation);
      assert.ok(headSeq > limits.entriesPerRangeMax);
      const wide = await at.device.pull(at.conversation, 1, 1_000_000, { end: 'last' });
      assert.deepEqual([wide.entries.length, wide.untilSeq], [limits.entriesPerRangeMax, headSeq + 1]);
      for (const wrong of [{ limit: limits.entriesPerRangeMax + 1 }, { limit: 0 }, { fromSeq: 0 }, { untilSeq: -1 }, { end: 'middle' }]) {
        using device = await Device.enter(at.nia);
        device.say({ kind: 'pull', id: 1, conversation: at.conversation, fromSeq: 1, untilSeq: 2, end: 'first', limit: 200, ...wrong });
        assert.equal(await device.socket.closed(), 4200, JSON.stringify(wrong));
      }
    }),

    rule('[PULL-1] a range is cut at about 1 MiB, from either end', async (place) => {
      using at = await talk(place);
      const text = 'x'.repeat(limits.textLengthMax);
      for (let sent = 0; sent < 75; sent += 15) {
        await at.device.send(
          at.conversation,
          Array.from({ length: 15 }, () => at.device.message(text, genesis)),
        );
      }
      const { seq: headSeq } = await at.device.headOf(at.conversation);
      const fromSeq = headSeq - 74;
      for (const end of ['first', 'last'] as const) {
        const range = await at.device.pull(at.conversation, fromSeq, headSeq + 1, { end });
        // Others may say something here meanwhile.
        const weight = range.entries.reduce((sum, entry) => sum + (JSON.stringify(entry.body)?.length ?? 0), 0);
        assert.ok(weight > limits.rangeSizeBytesMax / 2 && weight < limits.rangeSizeBytesMax * 1.1, `${weight} bytes`);
        assert.equal(end === 'first' ? range.fromSeq : range.untilSeq, end === 'first' ? fromSeq : headSeq + 1);
        assert.equal(range.untilSeq - range.fromSeq, range.entries.length);
        const before = await at.device.pull(at.conversation, range.fromSeq - 1, range.fromSeq);
        assert.deepEqual(range.previous, { seq: range.fromSeq - 1, chain: before.entries[0]?.chain });
      }
    }),

    rule('[VIS-2] whatever one asks about a conversation of others is answered as of one that does not exist', async (place) => {
      using at = await talk(place);
      await at.device.place(at.conversation, at.device.message('private', genesis));
      const ada = await place.person('ada');
      using stranger = await Device.enter(ada);
      const answers = async (conversation: string): Promise<string> => {
        const since = stranger.count;
        const told = [
          await stranger.ask({ kind: 'pull', conversation, fromSeq: 1, untilSeq: 9, end: 'first', limit: 9 }),
          await stranger.ask({ kind: 'pull', conversation, fromSeq: 9, untilSeq: 9, end: 'first', limit: 9 }),
          await stranger.ask({ kind: 'look_up', conversations: [conversation] }),
        ];
        stranger.say({ kind: 'mark', conversation, readSeq: 1, receivedSeq: 1 });
        stranger.say({ kind: 'mark', conversation, readSeq: 99_999, receivedSeq: 1 });
        stranger.say({ kind: 'type', conversation });
        const unaskedOf = () =>
          stranger
            .frames()
            .slice(since)
            .filter((frame) => frame.kind === 'error' && frame.re === undefined);
        await stranger.socket.until('three refusals', () => unaskedOf().length === 3);
        const http = [
          await ada.call('loadConversation', { params: { conversation } }),
          await ada.call('loadEntries', { params: { conversation }, query: '?fromSeq=1&untilSeq=99&limit=200' }),
          await ada.call('loadMarkers', { params: { conversation } }),
          await ada.call('markConversation', { params: { conversation }, body: { readSeq: 1, receivedSeq: 1 } }),
          await ada.call('sendMessage', { params: { conversation }, body: { device: stranger.id, n: 1, text: 'x' } }),
        ];
        await stranger.settle();
        return JSON.stringify([told.map((frame) => ({ ...frame, re: 0 })), unaskedOf(), http]).replaceAll(conversation, '');
      };
      const [real, unreal] = [await answers(at.conversation), await answers(newId())];
      assert.equal(real, unreal);
      assert.ok(!real.includes('private'));
      const told = stranger.frames().filter((frame) => 'conversation' in frame && frame.conversation === at.conversation);
      assert.deepEqual(new Set(told.map(({ kind }) => kind)), new Set(['error']));
    }),

    rule('[VIS-1] a member sees nothing from before the entry that brought them in', async (place) => {
      const found = (await memberships(place)).find(({ row }) => row[1] === 'group' && row[6] > 2);
      if (!found) throw needsMembers('a group in which somebody came later');
      const [conversation, , , , headSeq, , firstSeq] = found.row;
      using device = await Device.enter(found.person);
      const { entries, ...range } = await device.pull(conversation, 1, headSeq + 1);
      assert.deepEqual([range.fromSeq, entries[0]?.seq, entries[0]?.kind], [firstSeq, firstSeq, 'add']);
      assert.deepEqual(entries[0]?.body, { person: found.person.id, role: 'member' });
      const before = await device.pull(conversation, 1, firstSeq);
      assert.deepEqual([before.entries, before.fromSeq === before.untilSeq], [[], true]);
      const asked = await found.person.call('loadEntries', {
        params: { conversation },
        query: `?fromSeq=1&untilSeq=${firstSeq}&limit=200`,
      });
      assert.deepEqual((asked.body as { entries: unknown[] }).entries, []);
    }),
  ],
};

export const heads: Section = {
  name: 'heads',
  lane: 'far',
  cases: [
    rule('[OWN-8] the head is told again 1, 4 and 16 s after the last append, to all members, and no more', async (place) => {
      const [far, fay] = await place.people('far', 'fay');
      if (!far || !fay) throw new TypeError('two people');
      using device = await Device.enter(far);
      using other = await Device.enter(fay);
      const conversation = await device.openDirect(fay);
      const saidMs = performance.now();
      const seq = await device.place(conversation, device.message('the last', genesis));
      const toldOf = (one: Device) =>
        one.frames().filter((frame) => frame.kind === 'head' && frame.conversation === conversation && frame.head.seq === seq);
      for (const [index, afterMs] of announcedAfterMs.entries()) {
        const withinMs = afterMs + marginMs;
        for (const one of [device, other]) {
          await one.socket.until(`head number ${index + 1}`, () => toldOf(one).length > index, withinMs);
          // The append was after it was said; clocks that do not run alike are given a tenth of a second.
          assert.ok(performance.now() - saidMs > afterMs - 100, `head number ${index + 1} came too soon`);
        }
      }
      const { head } = await device.pull(conversation, seq, seq + 1);
      for (const frame of [...toldOf(device), ...toldOf(other)]) assert.deepEqual(frame.kind === 'head' && frame.head, head);
      assert.equal(toldOf(device).length, announcedAfterMs.length);
    }),
  ],
};
