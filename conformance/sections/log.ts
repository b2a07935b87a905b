import assert from 'node:assert/strict';
import type { EntryOnWire } from '@parlour/protocol/parts';
import { Device, type FrameOf, genesis } from '../device.ts';
import { memberships, needsMembers } from '../groups.ts';
import { chainAfter, digestOf, directId } from '../log-digests.ts';
import { rule, type Section } from '../rule-case.ts';

async function wholeLog(device: Device, conversation: string, fromSeq = 1): Promise<FrameOf<'range'>> {
  const first = await device.pull(conversation, fromSeq, Number.MAX_SAFE_INTEGER);
  const entries = [...first.entries];
  for (let { untilSeq } = first; untilSeq <= first.head.seq; ) {
    const next = await device.pull(conversation, untilSeq, first.head.seq + 1);
    entries.push(...next.entries);
    untilSeq = next.untilSeq;
  }
  return { ...first, untilSeq: (first.head.seq + 1) as never, entries };
}

/** What each entry says of the log so far, counted again from the beginning. */
function recount(entries: readonly EntryOnWire[]): readonly (readonly [number, number, number, number])[] {
  const sentBy = new Map<string, number>();
  let [ord, memberSeq] = [0, 0];
  return entries.map(({ kind, author, seq }) => {
    if (kind === 'message') {
      ord++;
      sentBy.set(author, (sentBy.get(author) ?? 0) + 1);
    } else if (kind !== 'notice') memberSeq = seq;
    return [seq, ord, sentBy.get(author) ?? 0, memberSeq];
  });
}

export const log: Section = {
  name: 'log',
  lane: 'log',
  cases: [
    rule('[LOG-1] a log begins with `create`, and has only the kinds that there are; they are hashed by their numbers', async (place) => {
      const operator = place.operator('what is hashed stays with the server', 'evidence CONVERSATION');
      const [found] = (await memberships(place)).filter(({ row }) => row[1] === 'group').sort((one, other) => other.row[16] - one.row[16]);
      if (!found) throw needsMembers('a group that was imported');
      using device = await Device.enter(found.person);
      const [conversation, , , , , , firstSeq] = found.row;
      const { previous, entries } = await wholeLog(device, conversation, firstSeq);
      const kinds = new Set(entries.map(({ kind }) => kind));
      for (const kind of ['message', 'add', 'notice'] as const) assert.ok(kinds.has(kind), `the imported group has no ${kind}`);
      const evidence = new Map((await operator.evidence(conversation)).map((each) => [each.seq, each]));
      let { chain } = previous as { chain: string };
      for (const entry of entries) {
        chain = chainAfter(chain, entry, evidence.get(entry.seq)?.digest ?? '');
        assert.equal(entry.chain, chain, `${entry.kind} at ${entry.seq}`);
      }
    }),

    rule(
      '[LOG-1] [LOG-4] the id of a direct conversation is made of the two, it is the same whoever begins, and its first entry is `create`',
      async (place) => {
        const [nia, nox] = await place.people('nia', 'nox');
        if (!nia || !nox) throw new TypeError('two people');
        using one = await Device.enter(nia);
        using two = await Device.enter(nox);
        const opened = await Promise.all([one.openDirect(nox), two.openDirect(nia), one.openDirect(nox)]);
        assert.deepEqual(new Set(opened), new Set([directId(nia.id, nox.id)]));
        assert.equal(await one.openDirect(nia), directId(nia.id, nia.id));
        const { entries } = await one.pull(directId(nia.id, nox.id), 1, 2);
        const members = [nia.id, nox.id].sort().map((person) => ({ person, role: 'member' }));
        assert.deepEqual([entries[0]?.kind, entries[0]?.seq, entries[0]?.body], ['create', 1, { type: 'direct', members }]);
      },
    ),

    rule('[LOG-2] [LOG-3] chain and digest are what SHA-256 makes of the fields, the salt and the exact body', async (place) => {
      const operator = place.operator('salt and digest stay with the server', 'evidence CONVERSATION');
      const [nia, nox] = await place.people('nia', 'nox');
      if (!nia || !nox) throw new TypeError('two people');
      using device = await Device.enter(nia);
      const conversation = await device.openDirect(nox);
      await device.place(conversation, device.message('ünï ✓ \u{1f600} \\ "quoted"', genesis));
      await device.place(conversation, device.message('on an entry', genesis, { target: 1 }));
      const { entries } = await wholeLog(device, conversation);
      const evidence = new Map((await operator.evidence(conversation)).map((each) => [each.seq, each]));
      let chain = genesis.chain;
      for (const entry of entries) {
        const kept = evidence.get(entry.seq);
        assert.ok(kept, `nothing is kept of ${entry.seq}`);
        assert.deepEqual(JSON.parse(kept.body), entry.body);
        assert.equal(kept.digest, digestOf(kept.salt, kept.body));
        chain = chainAfter(chain, entry, kept.digest);
        assert.equal(entry.chain, chain);
      }
      assert.equal(new Set([...evidence.values()].map(({ salt }) => salt)).size, evidence.size);
    }),

    rule('[LOG-3] neither salt nor digest is told, and who guesses a body cannot tell from the chain that it was right', async (place) => {
      const [nia, nox] = await place.people('nia', 'nox');
      if (!nia || !nox) throw new TypeError('two people');
      using device = await Device.enter(nia);
      const conversation = await device.openDirect(nox);
      await device.place(conversation, device.message('yes', genesis));
      const { entries } = await wholeLog(device, conversation);
      let previous = genesis.chain;
      for (const entry of entries) {
        assert.ok(!('salt' in entry) && !('digest' in entry));
        assert.notEqual(entry.chain, chainAfter(previous, entry, digestOf('', JSON.stringify(entry.body))));
        previous = entry.chain;
      }
      const { body } = await nia.call('loadEntries', { params: { conversation } });
      assert.ok(!/"(salt|digest)"/.test(JSON.stringify(body)));
    }),

    rule(
      '[LOG-5] `ord`, `mine` and `memberSeq` are those of a recount, seqs have no gap, and a run in two parts is the run',
      async (place) => {
        const [nia, nox] = await place.people('nia', 'nox');
        if (!nia || !nox) throw new TypeError('two people');
        using one = await Device.enter(nia);
        using two = await Device.enter(nox);
        const conversation = await one.openDirect(nox);
        for (let count = 0; count < 4; count++) {
          for (const device of count % 3 === 0 ? [one, two] : [one]) {
            await device.send(conversation, [device.message('a', genesis), device.message('b', genesis)]);
          }
        }
        const { entries, head } = await wholeLog(one, conversation);
        assert.deepEqual(
          entries.map(({ seq, ord, mine, memberSeq }) => [seq, ord, mine, memberSeq]),
          recount(entries),
        );
        assert.deepEqual(
          entries.map(({ seq }) => seq),
          entries.map((_, index) => index + 1),
        );
        const middle = Math.floor(head.seq / 2);
        const parts = [await one.pull(conversation, 1, middle), await one.pull(conversation, middle, head.seq + 1)];
        assert.deepEqual(
          parts.flatMap((part) => part.entries),
          entries,
        );
        assert.deepEqual(parts[1]?.previous, { seq: middle - 1, chain: entries[middle - 2]?.chain });
        const [row] = (await two.get('listed', { kind: 'look_up', conversations: [conversation] })).rows;
        const ownCount = entries.filter(({ kind, author }) => kind === 'message' && author === nox.id).length;
        assert.deepEqual([row?.[4], row?.[5], row?.[7], row?.[8]], [head.seq, head.chain, entries.at(-1)?.ord, ownCount]);
      },
    ),
  ],
};
