import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import type { PackedRow } from '@parlour/protocol/packed-row';
import { Device, type FrameOf, genesis } from '../device.ts';
import { allRows, memberships, needsMembers } from '../groups.ts';
import { newId } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';
import { emptySums, groupOf, syncSums } from '../sync-sums.ts';
import { waitAsTold } from '../waiting.ts';

/** Asks to compare, and comes again when told to. */
async function compared(device: Device, digest: readonly number[]): Promise<FrameOf<'synced'>> {
  for (;;) {
    const answer = await device.ask({ kind: 'sync', digest, registersVer: 0 });
    if (answer.kind === 'synced') return answer;
    assert.ok(answer.kind === 'error' && answer.code === 'too_many_requests', JSON.stringify(answer));
    await waitAsTold(answer.retryAfterMs ?? 0);
  }
}

async function household(place: Place) {
  const [sue, sol, sam] = await place.people('sue', 'nox', 'nia');
  if (!sue || !sol || !sam) throw new TypeError('three people');
  const device = await Device.enter(sue);
  const conversations = [await device.openDirect(sol), await device.openDirect(sam), await device.openDirect(sue)];
  for (const conversation of conversations) await device.place(conversation, device.message('hello', genesis));
  return { sue, sol, device, conversations, [Symbol.dispose]: () => device[Symbol.dispose]() };
}

export const sync: Section = {
  name: 'sync',
  cases: [
    rule('[SYNC-1] who holds what is there is told of no difference, on any device, and over HTTP it is the same list', async (place) => {
      using at = await household(place);
      const { rows, groups, conversationCount } = await compared(at.device, emptySums);
      const ids: readonly string[] = rows.map(([id]) => id);
      assert.deepEqual(new Set(groups), new Set(ids.map(groupOf)));
      assert.equal(ids.length, Math.min(conversationCount, limits.conversationsInDigestMax));
      for (const conversation of at.conversations) assert.ok(ids.includes(conversation));
      using second = await Device.enter(at.sue);
      const same = await compared(second, syncSums(rows));
      assert.deepEqual([same.groups, same.rows, same.conversationCount], [[], [], conversationCount]);
      const listed = (await at.sue.call('listConversations', { query: `?limit=${limits.conversationsInDigestMax}` })).body as {
        rows: { conversation: string; head: object }[];
      };
      const byId = new Map(listed.rows.map((row) => [row.conversation, row.head]));
      for (const row of rows) assert.deepEqual(byId.get(row[0]), { seq: row[4], chain: row[5] });
    }),

    rule(
      '[SYNC-1] head, own marker and what is told of others’ markers are in the sum: each shows as a difference in its group',
      async (place) => {
        using at = await household(place);
        const [conversation = ''] = at.conversations;
        using peer = await Device.enter(at.sol);
        const changes: readonly (() => Promise<unknown>)[] = [
          () => at.device.place(conversation, at.device.message('more', genesis)),
          async () => {
            const { seq } = await at.device.headOf(conversation);
            at.device.say({ kind: 'mark', conversation, readSeq: seq, receivedSeq: 0 });
            await at.device.news('marker', ({ person, readSeq }) => person === at.sue.id && readSeq === seq);
          },
          async () => {
            const { seq } = await at.device.headOf(conversation);
            peer.say({ kind: 'mark', conversation, readSeq: 0, receivedSeq: seq });
            await at.device.news('marker', ({ person, receivedSeq }) => person === at.sol.id && receivedSeq === seq);
          },
        ];
        for (const change of changes) {
          using device = await Device.enter(at.sue);
          const held = (await compared(device, emptySums)).rows;
          await change();
          const { groups, rows } = await compared(device, syncSums(held));
          assert.deepEqual(groups, [groupOf(conversation)]);
          assert.deepEqual(
            rows.map(([id]) => id),
            held.map(([id]) => id).filter((id) => groupOf(id) === groupOf(conversation)),
          );
          assert.deepEqual(
            (await compared(device, syncSums(rows.concat(held.filter((row) => !groups.includes(groupOf(row[0]))))))).groups,
            [],
          );
        }
      },
    ),

    rule(
      '[SYNC-2] what one holds and is not named is gone: `look_up` answers with the rows there are, and only one’s own',
      async (place) => {
        using at = await household(place);
        const { rows } = await compared(at.device, emptySums);
        const [first] = rows;
        assert.ok(first);
        const invented = [newId(), ...first.slice(1)] as unknown as PackedRow;
        const { groups, rows: named } = await compared(at.device, syncSums([...rows, invented]));
        assert.deepEqual(groups, [groupOf(invented[0])]);
        assert.ok(!named.some(([id]) => id === invented[0]));
        using stranger = await Device.enter(await place.person('ada'));
        const theirs = await stranger.openDirect(stranger.person);
        const found = await at.device.get('listed', { kind: 'look_up', conversations: [invented[0], ...at.conversations, theirs] });
        assert.deepEqual(new Set(found.rows.map(([id]) => id)), new Set(at.conversations));
        for (const wrong of [[], Array.from({ length: 65 }, newId)]) {
          using device = await Device.enter(at.sue);
          device.say({ kind: 'look_up', id: 1, conversations: wrong });
          assert.equal(await device.socket.closed(), 4200);
        }
      },
    ),

    rule('[SYNC-1] a digest has 64 sums of whole numbers, and no other', async (place) => {
      const sue = await place.person('sue');
      for (const digest of [emptySums.slice(1), [...emptySums, 0], [...emptySums.slice(1), -1], [...emptySums.slice(1), 0.5]]) {
        using device = await Device.enter(sue);
        device.say({ kind: 'sync', id: 1, digest, registersVer: 0 });
        assert.equal(await device.socket.closed(), 4200);
      }
    }),

    rule('[SYNC-2] of more than 256 conversations the 256 most recent are compared, and `conversationCount` counts all', async (place) => {
      const { person, rows } = await richest(place);
      using device = await Device.enter(person);
      const recent = rows.slice(0, limits.conversationsInDigestMax);
      const { groups, conversationCount } = await compared(device, syncSums(recent));
      assert.deepEqual([groups, conversationCount], [[], rows.length]);
      const all = await compared(device, emptySums);
      assert.deepEqual(new Set(all.rows.map(([id]) => id)), new Set(recent.map(([id]) => id)));
      const withOlder = await compared(device, syncSums(rows.slice(0, limits.conversationsInDigestMax + 1)));
      assert.deepEqual(withOlder.groups, [groupOf(rows[limits.conversationsInDigestMax]?.[0] ?? '')]);
    }),

    rule('[LIST-1] `list` pages through all, most recent first, each once; up to 256 make a page, 257 none', async (place) => {
      const { person, rows } = await richest(place);
      const order = rows.map(([id, , , , , , , , , activity]) => [activity, id] as const);
      for (const [index, [activity, id]] of order.entries()) {
        const before = order[index - 1];
        assert.ok(!before || before[0] > activity || (before[0] === activity && before[1] > id), `row ${index} is out of order`);
      }
      using device = await Device.enter(person);
      assert.deepEqual(
        (await allRows(device, 100)).map(([id]) => id),
        rows.map(([id]) => id),
      );
      assert.equal(new Set(rows.map(([id]) => id)).size, rows.length);
      for (const limit of [0, limits.conversationsPerPageMax + 1]) {
        using other = await Device.enter(person);
        other.say({ kind: 'list', id: 1, limit });
        assert.equal(await other.socket.closed(), 4200);
      }
    }),

    rule(
      '[SYNC-3] at least five syncs at once; beyond, `too_many_requests` with the time to wait, for this device alone',
      async (place) => {
        const sue = await place.person('sue');
        using device = await Device.enter(sue);
        using other = await Device.enter(sue);
        const ids = Array.from({ length: 60 }, (_, index) => index + 1);
        device.socket.together(() => {
          for (const id of ids) device.say({ kind: 'sync', id, digest: emptySums, registersVer: 0 });
        });
        const answers = await Promise.all(ids.map((id) => device.answer(id)));
        assert.deepEqual(new Set(answers.slice(0, 5).map(({ kind }) => kind)), new Set(['synced']));
        const refused = answers.flatMap((answer) => (answer.kind === 'error' ? [answer] : []));
        assert.ok(refused.length > 0, '60 syncs at once were all answered');
        for (const { code, retryAfterMs = 0 } of refused) assert.deepEqual([code, retryAfterMs > 0], ['too_many_requests', true]);
        await other.get('synced', { kind: 'sync', digest: emptySums, registersVer: 0 });
        await compared(device, emptySums);
      },
    ),

    rule('[ROW-1] a row tells of its conversation what the entries, the people and the markers say', async (place) => {
      using at = await household(place);
      const [conversation = ''] = at.conversations;
      const text = 'y'.repeat(300);
      const seq = await at.device.place(conversation, at.device.message(text, genesis));
      const [row] = (await at.device.get('listed', { kind: 'look_up', conversations: [conversation] })).rows;
      assert.ok(row);
      const { head, entries } = await at.device.pull(conversation, seq, seq + 1);
      const [entry] = entries;
      const { id, handle, displayName, about } = at.sol.profile;
      assert.deepEqual(row.slice(0, 7), [conversation, 'direct', null, [id, handle, displayName, about, 0], head.seq, head.chain, 1]);
      assert.deepEqual([row[7], row[8], row[9]], [entry?.ord, entry?.mine, entry?.ts]);
      const [lastSeq, author, ts, shown] = row[14] ?? [];
      assert.deepEqual([lastSeq, author, ts], [seq, at.sue.id, entry?.ts]);
      assert.ok(text.startsWith(String(shown).slice(0, 50)));
      assert.ok(row[15].every(([person]) => person === 0) && row[16] === 2);
      // Seen by the other, the author is the peer, who is not named again.
      using peer = await Device.enter(at.sol);
      const [theirs] = (await peer.get('listed', { kind: 'look_up', conversations: [conversation] })).rows;
      assert.deepEqual([theirs?.[3]?.[0], theirs?.[14]?.[1]], [at.sue.id, 0]);
    }),

    rule(
      '[OPEN-1] `open` makes the direct conversation where there is none, once, also with oneself; nobody is no person',
      async (place) => {
        using at = await household(place);
        const { row } = await at.device.get('opened', { kind: 'open', person: at.sue.id });
        assert.deepEqual([row[1], row[3]?.[0], row[16]], ['direct', at.sue.id, 1]);
        const again = await at.device.get('opened', { kind: 'open', person: at.sue.id });
        assert.deepEqual(again.row, row);
        assert.equal((await at.device.refused({ kind: 'open', person: newId() })).code, 'person_not_found');
        const overHttp = await at.sue.call('openConversation', { body: { person: at.sol.id } });
        assert.equal((overHttp.body as { conversation: string }).conversation, at.conversations[0]);
      },
    ),

    rule('[ASK-1] `ask_people` tells the names of up to 100; who is not there is left out', async (place) => {
      using at = await household(place);
      const { people } = await at.device.get('people', { kind: 'ask_people', people: [at.sol.id, newId(), at.sue.id] });
      assert.deepEqual(new Set(people.map(({ id }) => id)), new Set([at.sol.id, at.sue.id]));
      assert.deepEqual(
        people.find(({ id }) => id === at.sol.id),
        at.sol.profile,
      );
      await at.device.get('people', { kind: 'ask_people', people: Array.from({ length: 100 }, newId) });
      for (const wrong of [[], Array.from({ length: 101 }, newId)]) {
        using device = await Device.enter(at.sue);
        device.say({ kind: 'ask_people', id: 1, people: wrong });
        assert.equal(await device.socket.closed(), 4200);
      }
    }),
  ],
};

/** A member with more conversations than are compared. */
async function richest(place: Place) {
  const members = await memberships(place);
  for (const [person, own] of Map.groupBy(members, (each) => each.person)) {
    if (own.length > limits.conversationsInDigestMax) return { person, rows: own.map(({ row }) => row) };
  }
  throw needsMembers(`somebody with more than ${limits.conversationsInDigestMax} conversations`);
}
