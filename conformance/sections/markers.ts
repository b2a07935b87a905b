import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import { Device, type FrameOf, genesis } from '../device.ts';
import { memberships, needsMembers } from '../groups.ts';
import type { Person } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

/** A conversation with ten fresh messages, the first five by the reader's peer. */
async function talk(place: Place) {
  const [mia, mel] = await place.people('mia', 'mel');
  if (!mia || !mel) throw new TypeError('two people');
  const device = await Device.enter(mia);
  const peer = await Device.enter(mel);
  const conversation = await device.openDirect(mel);
  const five = (from: Device) => Array.from({ length: 5 }, (_, index) => from.message(`${index}`, genesis));
  const [first] = await peer.send(conversation, five(peer));
  await device.send(conversation, five(device));
  const fromSeq = first && 'seq' in first ? first.seq : 0;
  const close = (): void => {
    device[Symbol.dispose]();
    peer[Symbol.dispose]();
  };
  return { mia, mel, device, peer, conversation, fromSeq, headSeq: fromSeq + 9, [Symbol.dispose]: close };
}

/** Says it, and waits for the marker that comes back. */
async function marked(device: Device, conversation: string, readSeq: number, receivedSeq = 0): Promise<FrameOf<'marker'>> {
  const since = device.count;
  device.say({ kind: 'mark', conversation, readSeq, receivedSeq });
  return device.news('marker', (frame) => frame.person === device.person.id && frame.conversation === conversation, since);
}

async function rowOf(device: Device, conversation: string) {
  const [row] = (await device.get('listed', { kind: 'look_up', conversations: [conversation] })).rows;
  assert.ok(row, 'the conversation is not there');
  return row;
}

async function setSetting(person: Person, key: string, value: string): Promise<void> {
  using device = await Device.enter(person);
  const { registers } = await device.get('registers', { kind: 'pull_registers', sinceVer: 0 });
  const ver = registers.find((register) => register.key === key)?.ver ?? 0;
  await device.get('register_put', { kind: 'put_register', key, ver, value });
}

export const markers: Section = {
  name: 'markers',
  cases: [
    rule(
      '[MARK-6] where a marker moves it is told with the counts on all devices, else not; a refusal names the conversation',
      async (place) => {
        using at = await talk(place);
        using second = await Device.enter(at.mia);
        const own = await marked(at.device, at.conversation, at.fromSeq + 6);
        const { entries } = await at.device.pull(at.conversation, own.readSeq, own.readSeq + 1);
        assert.deepEqual([own.readSeq, own.readOrd, own.readMine], [at.fromSeq + 6, entries[0]?.ord, entries[0]?.mine]);
        assert.deepEqual(await second.news('marker', ({ readSeq }) => readSeq === own.readSeq), own);
        const since = at.device.count;
        at.device.say({ kind: 'mark', conversation: at.conversation, readSeq: at.headSeq + 500, receivedSeq: 0 });
        const refused = await at.device.news('error', () => true, since);
        assert.deepEqual([refused.conversation, refused.re], [at.conversation, undefined]);
        const before = at.device.count;
        at.device.say({ kind: 'mark', conversation: at.conversation, readSeq: own.readSeq, receivedSeq: 0 });
        await at.device.settle();
        await marked(at.device, at.conversation, own.readSeq + 1);
        const told = at.device
          .frames()
          .slice(before)
          .filter(({ kind }) => kind === 'marker');
        assert.equal(told.length, 1, 'a marker that did not move was told');
      },
    ),

    rule('[MARK-1] a marker never moves back, and two merge by the greater, part by part, in any order', async (place) => {
      using at = await talk(place);
      const steps = [3, 1, 5, 5, 2].map((step) => at.fromSeq + step);
      let readMax = 0;
      for (const step of steps) {
        readMax = Math.max(readMax, step);
        const now = await at.mia.call('markConversation', {
          params: { conversation: at.conversation },
          body: { readSeq: step, receivedSeq: 0 },
        });
        assert.deepEqual(now.body, { readSeq: readMax, receivedSeq: readMax });
      }
      using second = await Device.enter(at.mia);
      second.say({ kind: 'mark', conversation: at.conversation, readSeq: at.fromSeq + 6, receivedSeq: 0 });
      at.device.say({ kind: 'mark', conversation: at.conversation, readSeq: at.fromSeq + 2, receivedSeq: at.fromSeq + 8 });
      await at.peer.socket.until('both markers', () =>
        at.peer
          .frames()
          .some((frame) => frame.kind === 'marker' && frame.receivedSeq === at.fromSeq + 8 && frame.readSeq === at.fromSeq + 6),
      );
      const row = await rowOf(at.device, at.conversation);
      assert.deepEqual([row[10], row[13]], [at.fromSeq + 6, at.fromSeq + 8]);
    }),

    rule('[MARK-2] the head is the furthest that can be read; one beyond is refused, and nothing moves', async (place) => {
      using at = await talk(place);
      const since = at.device.count;
      for (const mark of [
        { readSeq: at.headSeq + 1, receivedSeq: 0 },
        { readSeq: 0, receivedSeq: at.headSeq + 1 },
        { readSeq: at.headSeq, receivedSeq: Number.MAX_SAFE_INTEGER },
      ]) {
        at.device.say({ kind: 'mark', conversation: at.conversation, ...mark });
      }
      const refusals = () =>
        at.device
          .frames()
          .slice(since)
          .filter((frame) => frame.kind === 'error' && frame.code === 'marker_beyond_head');
      await at.device.socket.until('three refusals', () => refusals().length === 3);
      assert.ok((await rowOf(at.device, at.conversation))[10] < at.fromSeq);
      assert.equal((await marked(at.device, at.conversation, at.headSeq)).readSeq, at.headSeq);
    }),

    rule('[MARK-3] what was read was received', async (place) => {
      using at = await talk(place);
      assert.equal((await marked(at.device, at.conversation, at.fromSeq + 4)).receivedSeq, at.fromSeq + 4);
      assert.equal((await marked(at.device, at.conversation, 0, at.fromSeq + 7)).receivedSeq, at.fromSeq + 7);
      const told = await at.peer.news('marker', ({ person, receivedSeq }) => person === at.mia.id && receivedSeq === at.fromSeq + 7);
      assert.equal(told.readSeq, at.fromSeq + 4);
    }),

    rule('[MARK-4] unread is what others wrote behind the marker, at every place, as a recount says', async (place) => {
      using at = await talk(place);
      const { entries } = await at.device.pull(at.conversation, at.fromSeq, at.headSeq + 1);
      for (const entry of entries) {
        await marked(at.device, at.conversation, entry.seq);
        const [, , , , , , , ord, mine, , readSeq, readOrd, readMine] = await rowOf(at.device, at.conversation);
        const counted = entries.filter(({ seq, author, kind }) => seq > readSeq && author !== at.mia.id && kind === 'message').length;
        assert.equal(ord - readOrd - (mine - readMine), counted);
        const shown = (await at.mia.call('loadConversation', { params: { conversation: at.conversation } })).body as { unread: number };
        assert.equal(shown.unread, counted);
      }
    }),

    rule('[MARK-5] [RCPT-1] what is read while receipts are off stays untold, also later, until the next read', async (place) => {
      using at = await talk(place);
      const toldTo = async (): Promise<readonly number[]> => {
        const [receipt] = (await rowOf(at.peer, at.conversation))[15];
        return [receipt?.[1] ?? 0, receipt?.[3] ?? 0];
      };
      await marked(at.device, at.conversation, at.fromSeq);
      assert.deepEqual(await toldTo(), [at.fromSeq, at.fromSeq]);
      await setSetting(at.mia, 'settings.receipts', 'false');
      await marked(at.device, at.conversation, at.fromSeq + 5);
      assert.deepEqual(await toldTo(), [at.fromSeq, at.fromSeq + 5]);
      // Whoever tells nothing is told nothing but what was received.
      await marked(at.peer, at.conversation, at.fromSeq + 3);
      const [theirs] = (await rowOf(at.device, at.conversation))[15];
      assert.deepEqual([theirs?.[1], theirs?.[3]], [0, at.fromSeq + 3]);
      const heard = await at.device.news('marker', ({ person, receivedSeq }) => person === at.mel.id && receivedSeq === at.fromSeq + 3);
      assert.deepEqual([heard.readSeq, heard.readAt], [0, undefined]);
      await setSetting(at.mia, 'settings.receipts', 'true');
      assert.deepEqual(await toldTo(), [at.fromSeq, at.fromSeq + 5]);
      await marked(at.device, at.conversation, at.fromSeq + 8);
      assert.deepEqual(await toldTo(), [at.fromSeq + 8, at.fromSeq + 8]);
    }),

    rule('[RCPT-1] others are told read and received, when it was, and never the counts', async (place) => {
      using at = await talk(place);
      await marked(at.device, at.conversation, at.fromSeq + 9);
      const told = await at.peer.news('marker', ({ person, readSeq }) => person === at.mia.id && readSeq === at.fromSeq + 9);
      assert.deepEqual([told.receivedSeq, told.readOrd, told.readMine], [at.fromSeq + 9, undefined, undefined]);
      assert.ok((told.readAt ?? 0) > 0);
      const [receipt] = (await rowOf(at.peer, at.conversation))[15];
      assert.deepEqual(receipt, [0, told.readSeq, told.readAt, told.receivedSeq]);
      const overHttp = (await at.mel.call('loadMarkers', { params: { conversation: at.conversation } })).body as {
        markers: { person: string; readSeq: number; steps: { readSeq: number }[] }[];
      };
      const theirs = overHttp.markers.find(({ person }) => person === at.mia.id);
      assert.deepEqual([theirs?.readSeq, theirs?.steps[0]?.readSeq], [told.readSeq, told.readSeq]);
    }),

    ...([limits.receiptMembersMax, limits.receiptMembersMax + 1] as const).map((memberCount) =>
      rule(
        `[RCPT-1] of ${memberCount} members ${memberCount > limits.receiptMembersMax ? 'nobody is told anything' : 'all are told'}`,
        async (place) => {
          const inIt = (await memberships(place)).filter(({ row }) => row[16] === memberCount);
          const [one, other] = inIt;
          if (!one || !other) throw needsMembers(`two members of a group of ${memberCount}`);
          using reader = await Device.enter(one.person);
          using watcher = await Device.enter(other.person);
          const [conversation, , , , headSeq] = one.row;
          await marked(reader, conversation, headSeq);
          const isTold = memberCount <= limits.receiptMembersMax;
          if (isTold) await watcher.news('marker', ({ person, readSeq }) => person === one.person.id && readSeq === headSeq);
          await watcher.settle();
          const told = watcher.frames().filter((frame) => frame.kind === 'marker' && frame.person === one.person.id);
          assert.equal(told.length > 0, isTold);
          const receipts = (await rowOf(watcher, conversation))[15];
          assert.equal(
            receipts.some(([person, readSeq]) => person === one.person.id && readSeq === headSeq),
            isTold,
          );
        },
      ),
    ),
  ],
};

export const typing: Section = {
  name: 'typing',
  cases: [
    rule('[TYPE-1] that somebody writes is told to the others, at most once in 2 s, and again after that', async (place) => {
      const [tia, tom] = await place.people('mia', 'mel');
      if (!tia || !tom) throw new TypeError('two people');
      using device = await Device.enter(tia);
      using own = await Device.enter(tia);
      using other = await Device.enter(tom);
      const conversation = await device.openDirect(tom);
      const toldOf = (one: Device) =>
        one.frames().filter((frame) => frame.kind === 'typing' && frame.conversation === conversation && frame.person === tia.id);
      const saidMs = performance.now();
      for (let count = 0; count < 20; count++) device.say({ kind: 'type', conversation });
      await other.socket.until('typing', () => toldOf(other).length > 0);
      await device.settle();
      await other.settle();
      const told = toldOf(other).length;
      // Once, but for a line so slow that the server heard the last of them after the time was over.
      const mostTold = 1 + Math.floor((performance.now() - saidMs) / limits.typingIntervalMs);
      assert.ok(told <= mostTold, `told ${told} times, which may be ${mostTold}`);
      await waitAsTold(limits.typingIntervalMs);
      device.say({ kind: 'type', conversation });
      await other.socket.until('typing again', () => toldOf(other).length === told + 1);
      await own.settle();
      assert.equal(toldOf(own).length, 0);
    }),
  ],
};
