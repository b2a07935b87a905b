import assert from 'node:assert/strict';
import type { evidenceLine } from '@parlour/protocol/http/evidence-line';
import type { EntryOnWire } from '@parlour/protocol/parts';
import { Device, genesis } from '../device.ts';
import { chainAfter, digestOf, directId } from '../log-digests.ts';
import { newId, type Person } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';

type Line = (typeof evidenceLine)['_zod']['output'];
type LineOf<Kind extends Line['line']> = Extract<Line, { line: Kind }>;

async function exported(person: Person, conversation: string): Promise<readonly Line[]> {
  const { status, code, body } = await person.call('exportEvidence', { params: { conversation } });
  assert.equal(status, 200, `the evidence could not be had: ${code}`);
  return body as Line[];
}

const linesOf = <Kind extends Line['line']>(lines: readonly Line[], kind: Kind): LineOf<Kind>[] =>
  lines.filter((line): line is LineOf<Kind> => line.line === kind);

/** A conversation of two with something in it. */
async function talk(place: Place): Promise<{ nia: Person; nox: Person; conversation: string }> {
  const [nia, nox] = await place.people('nia', 'nox');
  if (!nia || !nox) throw new TypeError('two people');
  using device = await Device.enter(nia);
  const conversation = await device.openDirect(nox);
  await device.place(conversation, device.message('of which there is evidence, ünï ✓', genesis));
  return { nia, nox, conversation };
}

/** The eight numbers by which two people compare a chain. */
function numbersOf(chain: string): string {
  const bytes = Buffer.from(chain, 'base64url');
  return Array.from({ length: 8 }, (_, place) => String(bytes.readUInt16BE(place * 2)).padStart(5, '0')).join(' ');
}

export const evidence: Section = {
  name: 'evidence',
  lane: 'log',
  cases: [
    rule(
      '[EVID-1] it is lines: what it is, the people before the entries that name them, each stay without a gap, and its end',
      async (place) => {
        const { nia, nox, conversation } = await talk(place);
        const lines = await exported(nia, conversation);
        const [opening] = linesOf(lines, 'evidence');
        const [end] = linesOf(lines, 'end');
        const entries = linesOf(lines, 'entry');
        assert.deepEqual([lines[0], lines.at(-1)], [opening, end]);
        assert.deepEqual([opening?.conversation, opening?.type, opening?.exportedBy], [conversation, 'direct', nia.id]);
        assert.deepEqual([opening?.count, end?.count], [entries.length, entries.length]);
        assert.deepEqual(
          linesOf(lines, 'stretch').map(({ previous }) => previous),
          [genesis],
        );
        assert.deepEqual(
          entries.map(({ seq }) => seq),
          entries.map((_, index) => index + 1),
        );
        const last = entries.at(-1);
        assert.deepEqual(end?.head, { seq: last?.seq, chain: last?.chain });
        const named = linesOf(lines, 'person').map(({ id }) => id);
        assert.deepEqual(new Set(named), new Set([nia.id, nox.id]));
        for (const { id } of linesOf(lines, 'person')) {
          const place = lines.findIndex((line) => line.line === 'person' && line.id === id);
          const first = lines.findIndex((line) => line.line === 'entry' && (line.author === id || line.body?.includes(id)));
          assert.ok(first < 0 || place < first, 'somebody is named before it is said who they are');
        }
      },
    ),

    rule('[EVID-2] a stranger gets the same as of a conversation that does not exist', async (place) => {
      const { conversation } = await talk(place);
      const [stranger] = await place.people('out');
      if (!stranger) throw new TypeError('a stranger');
      const [theirs, none] = [
        await stranger.call('exportEvidence', { params: { conversation } }),
        await stranger.call('exportEvidence', { params: { conversation: newId() } }),
      ];
      assert.deepEqual([theirs.status, theirs.code], [none.status, none.code]);
      assert.equal(theirs.code, 'conversation_not_visible');
    }),

    rule(
      '[EVID-3] [LOG-3] every digest is that of salt and body, every chain that of the one before it, and they are those of the log',
      async (place) => {
        const { nia, nox, conversation } = await talk(place);
        const lines = await exported(nia, conversation);
        let chain: string = linesOf(lines, 'stretch')[0]?.previous.chain ?? '';
        for (const entry of linesOf(lines, 'entry')) {
          assert.ok(entry.salt !== null && entry.body !== null, 'something was erased that nobody erased');
          assert.equal(entry.digest, digestOf(entry.salt, entry.body), `the digest at ${entry.seq}`);
          chain = chainAfter(chain, { ...entry, target: entry.target ?? undefined } as unknown as EntryOnWire, entry.digest);
          assert.equal(entry.chain, chain, `the chain at ${entry.seq}`);
        }
        assert.equal(conversation, directId(nia.id, nox.id));
        using device = await Device.enter(nia);
        const { entries } = await device.pull(conversation, 1, Number.MAX_SAFE_INTEGER);
        assert.deepEqual(
          linesOf(lines, 'entry')
            .slice(0, entries.length)
            .map((entry) => [entry.seq, entry.chain]),
          entries.map((entry) => [entry.seq, entry.chain]),
        );
      },
    ),

    rule('[EVID-4] two people who were told one history hold one head, and read the same eight numbers', async (place) => {
      const { nia, nox, conversation } = await talk(place);
      const heads = [await exported(nia, conversation), await exported(nox, conversation)].map((lines) => linesOf(lines, 'end')[0]?.head);
      assert.deepEqual(heads[0], heads[1]);
      const spoken = heads.map((head) => numbersOf(head?.chain ?? ''));
      assert.equal(spoken[0], spoken[1]);
      assert.match(spoken[0] ?? '', /^(\d{5} ){7}\d{5}$/);
    }),

    rule('[EVID-5] whoever asks over and over is told to come again, and when', async (place) => {
      const [sly] = await place.people('sly');
      if (!sly) throw new TypeError('somebody');
      using device = await Device.enter(sly);
      const conversation = await device.openDirect(sly);
      const answers = [];
      for (let asked = 0; asked < 30 && answers.at(-1)?.code !== 'too_many_requests'; asked++) {
        answers.push(await sly.call('exportEvidence', { params: { conversation } }));
      }
      const refused = answers.at(-1);
      assert.deepEqual([refused?.status, refused?.code], [429, 'too_many_requests']);
      assert.ok((refused?.retryAfterMs ?? 0) > 0, 'it is not said when to come again');
    }),
  ],
};
