import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Digest16 } from '../environment.ts';
import {
  bytesOfDigest,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  type OperationNumber,
  type PersonId,
  type Salt,
  type Seq,
  type WallMs,
} from '../ids.ts';
import { chainOf, digestOf, directConversationId } from './chain.ts';
import { decideOperation, factsAtHead } from './decide.ts';
import { type Entry, type EntryKind, genesis } from './entry.ts';
import { EvidenceCheck, type EvidenceEntry, type EvidenceFault, type EvidenceLine, peopleNamedIn } from './evidence.ts';
import { emptyLog, LogDraft } from './state.ts';
import { visibleRanges } from './visibility.ts';

const digest16: Digest16 = (text) => hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
const idOf = (name: string): string => idFromBytes(bytesOfDigest(digest16(name)));
const [ada, ben, cleo] = ['ada', 'ben', 'cleo'].map((name) => idOf(name) as PersonId) as [PersonId, PersonId, PersonId];
const here = idOf('here') as ConversationId;
const context = { digest16, salt: () => digest16('salt') as Salt, now: 1_000 as WallMs };

type Wish = { readonly kind: EntryKind; readonly body: object; readonly author?: PersonId; readonly target?: number };
const creation = (type: 'group' | 'direct', members: readonly PersonId[]): Wish => ({
  kind: 'create',
  body: { type, members: members.map((person, index) => ({ person, role: index === 0 ? 'owner' : 'member' })) },
});
const says = (text: string, more: Partial<Wish> = {}): Wish => ({ kind: 'message', body: { text }, ...more });
const adds = (person: PersonId): Wish => ({ kind: 'add', body: { person, role: 'member' } });
const removes = (person: PersonId): Wish => ({ kind: 'remove', body: { person } });

function logOf(conversation: ConversationId, wishes: readonly Wish[]) {
  const draft = new LogDraft(emptyLog(conversation));
  const entries: Entry[] = [];
  for (const [index, { kind, body, author = ada, target = null }] of wishes.entries()) {
    const operation = {
      conversation,
      author,
      device: idOf(`device of ${author}`) as DeviceId,
      n: (index + 1) as OperationNumber,
      kind,
      target: target as Seq | null,
      body: JSON.stringify(body),
      after: draft.state.head,
    };
    const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), context);
    if (verdict.verdict !== 'append') throw new Error(`entry ${index + 1} is not appended: ${JSON.stringify(verdict)}`);
    draft.apply(verdict.entry);
    entries.push(verdict.entry);
  }
  return { state: draft.state, entries };
}

/** Cleo comes, goes and comes again: she sees entries 4 to 6, and 9 to 11. */
const wishes = [
  creation('group', [ada, ben]),
  says('one'),
  says('two', { author: ben }),
  adds(cleo),
  says('three', { author: cleo, target: 4 }),
  removes(cleo),
  says('not for cleo'),
  says('nor this'),
  adds(cleo),
  says('four', { author: ben }),
  says('five'),
];
const erasedSeq = 10;

/** As the server writes it. */
function evidenceFor(person: PersonId, { state, entries }: ReturnType<typeof logOf>): EvidenceLine[] {
  const ranges = visibleRanges(state, person, { fromSeq: 1 as Seq, untilSeq: (state.head.seq + 1) as Seq });
  const stretches = ranges.map(({ fromSeq, untilSeq }) => entries.slice(fromSeq - 1, untilSeq - 1));
  const count = stretches.flat().length;
  const last = stretches.at(-1)?.at(-1) ?? genesis;
  const lines = stretches.flatMap((stretch): EvidenceLine[] => {
    const before = entries[(stretch[0]?.seq ?? 1) - 2] ?? genesis;
    return [{ line: 'stretch', previous: { seq: before.seq, chain: before.chain } }, ...stretch.map(lineOf)];
  });
  return [
    {
      line: 'evidence',
      version: 1,
      conversation: state.conversation,
      type: state.type ?? 'group',
      exportedBy: person,
      exportedAt: 5 as WallMs,
      server: '0.1.0',
      count,
    },
    ...lines,
    { line: 'end', head: { seq: last.seq, chain: last.chain }, count },
  ];
}
const lineOf = (entry: Entry): EvidenceEntry => {
  const { ord: _, mine: __, memberSeq: ___, ...kept } = entry;
  return { line: 'entry', ...kept, ...(entry.seq === erasedSeq ? { body: null, salt: null } : {}) };
};

const log = logOf(here, wishes);
const ofAda = evidenceFor(ada, log);
const ofCleo = evidenceFor(cleo, log);

function checkOf(lines: readonly EvidenceLine[]): EvidenceCheck {
  const check = new EvidenceCheck(digest16);
  for (const line of lines) check.take(line);
  check.finish();
  return check;
}
const faultOf = (lines: readonly EvidenceLine[]): EvidenceFault | null => checkOf(lines).fault;
const isEntry = (line: EvidenceLine, seq?: number): line is EvidenceEntry =>
  line.line === 'entry' && (seq === undefined || line.seq === seq);
const without = (lines: readonly EvidenceLine[], ...seqs: number[]) => lines.filter((line) => !isEntry(line) || !seqs.includes(line.seq));
const change = (lines: readonly EvidenceLine[], seq: number, changed: (entry: EvidenceEntry) => Partial<EvidenceEntry>) =>
  lines.map((line) => (isEntry(line, seq) ? { ...line, ...changed(line) } : line));
const changeLine = (lines: readonly EvidenceLine[], kind: EvidenceLine['line'], more: object) =>
  lines.map((line) => (line.line === kind ? ({ ...line, ...more } as EvidenceLine) : line));

describe('evidence', () => {
  test('[EVID-1] what a member exported holds: gapless to the head, with what was erased, and over two stays', () => {
    const whole = checkOf(ofAda);
    expect(whole.fault).toBeNull();
    expect([whole.entryCount, whole.bodyCount, whole.stretches]).toEqual([11, 10, [{ fromSeq: 1, untilSeq: 12 }]]);
    expect(whole.position).toEqual(log.state.head);
    const parts = checkOf(ofCleo);
    expect(parts.fault).toBeNull();
    expect([parts.entryCount, parts.bodyCount]).toEqual([6, 5]);
    expect(parts.stretches).toEqual([
      { fromSeq: 4, untilSeq: 7 },
      { fromSeq: 9, untilSeq: 12 },
    ]);
  });

  const changes: Readonly<Record<string, (entry: EvidenceEntry) => Partial<EvidenceEntry>>> = {
    kind: ({ kind }) => ({ kind: kind === 'message' ? 'notice' : 'message' }),
    author: ({ author }) => ({ author: author === ada ? ben : ada }),
    device: () => ({ device: idOf('another') as DeviceId }),
    n: ({ n }) => ({ n: (n + 1) as OperationNumber }),
    target: ({ target }) => ({ target: target === null ? (1 as Seq) : null }),
    body: ({ body }) => ({ body: body === null ? '{"text":"put in"}' : `${body} ` }),
    'letter of the body': ({ body }) => ({ body: (body ?? '{"text":""}').replace('"', "'") }),
    salt: () => ({ salt: digest16('other') as Salt }),
    'salt that was taken out': ({ salt }) => ({ salt: salt === null ? (digest16('put in') as Salt) : null }),
    digest: ({ digest }) => ({ digest: digest16(digest) as Entry['digest'] }),
    chain: ({ chain }) => ({ chain: digest16(chain) as Entry['chain'] }),
    'body together with its digest': ({ salt, digest }) => ({
      body: '{"text":"forged"}',
      salt: salt ?? (digest16('salt') as Salt),
      digest: salt === null ? (digest16(digest) as Entry['digest']) : digestOf(digest16, salt, '{"text":"forged"}'),
    }),
  };
  test.each(Object.entries(changes))('[EVID-3] another %s is named at its entry, wherever it stands', (_, changed) => {
    for (const lines of [ofAda, ofCleo]) {
      for (const { seq } of lines.filter((line) => isEntry(line))) {
        expect(faultOf(change(lines, seq, changed))).toEqual({ seq, what: expect.stringContaining('altered') });
      }
    }
  });

  test('[EVID-3] an altered entry whose chain was made anew shows at the next; where all were made anew, only the head shows it', () => {
    const forged = (entry: EvidenceEntry, previous: Entry['chain']): EvidenceEntry => {
      const altered = entry.seq === 3 ? { ...entry, author: ada } : entry;
      return { ...altered, chain: chainOf(digest16, previous, altered) };
    };
    const second = log.entries[1]?.chain ?? genesis.chain;
    expect(faultOf(change(ofAda, 3, (entry) => forged(entry, second)))).toEqual({ seq: 4, what: expect.stringContaining('or entry 3') });

    let previous = second;
    const lines = ofAda.map((line) => {
      if (isEntry(line) && line.seq >= 3) {
        const anew = forged(line, previous);
        previous = anew.chain;
        return anew;
      }
      return line;
    });
    const check = checkOf(changeLine(lines, 'end', { head: { seq: log.state.head.seq, chain: previous } }));
    expect(check.fault).toBeNull();
    expect(check.position).not.toEqual(log.state.head);
  });

  test('[EVID-3] an entry that is left out is named, at the beginning, in the middle and at the end', () => {
    for (const seq of [1, 2, 6, 10, 11]) expect(faultOf(without(ofAda, seq))).toEqual({ seq, what: expect.stringContaining('left out') });
    for (const seq of [4, 5, 6, 9, 11]) expect(faultOf(without(ofCleo, seq))?.seq).toBe(seq);
    expect(faultOf(without(ofAda, 4, 5))?.seq).toBe(4);
    expect(faultOf(without(ofCleo, 9, 10, 11))).toEqual({ seq: 9, what: expect.stringContaining('left out') });
    expect(faultOf(without(ofAda, 11, 10, 9))?.seq).toBe(9);
  });

  test('[EVID-3] what is left out cannot pass as what the person was not to see', () => {
    const positionAt = (seq: number) => ({ seq: seq as Seq, chain: log.entries[seq - 1]?.chain ?? genesis.chain });
    const stretch = (seq: number): EvidenceLine => ({ line: 'stretch', previous: positionAt(seq) });
    const count = (lines: readonly EvidenceLine[]) => {
      const left = lines.filter((line) => isEntry(line)).length;
      return changeLine(changeLine(lines, 'end', { count: left }), 'evidence', { count: left });
    };
    const middle = count(without(ofAda, 5, 6).flatMap((line) => (isEntry(line, 7) ? [stretch(6), line] : [line])));
    expect(faultOf(middle)).toEqual({ seq: 5, what: expect.stringMatching(/left out, up to entry 6/) });
    const beginning = count(without(ofAda, 1, 2).map((line) => (line.line === 'stretch' ? stretch(2) : line)));
    expect(faultOf(beginning)).toEqual({ seq: 3, what: expect.stringContaining('left out') });
    const afterHerRemoval = count(
      without(ofCleo, 9, 10).map((line) => (line.line === 'stretch' && line.previous.seq === 8 ? stretch(10) : line)),
    );
    expect(faultOf(afterHerRemoval)).toEqual({ seq: 11, what: expect.stringContaining('left out') });
    expect(faultOf(changeLine(ofCleo, 'evidence', { exportedBy: ben }))).toEqual({
      seq: 4,
      what: expect.stringContaining('another person'),
    });
    expect(faultOf(count(without(ofCleo, 4, 5, 6)))?.seq).toBe(4);
  });

  test('[EVID-3] an entry that was moved is named, and so is one that stands there twice', () => {
    for (const [lines, seq] of [
      [ofAda, 1],
      [ofAda, 5],
      [ofAda, 10],
      [ofCleo, 4],
      [ofCleo, 10],
    ] as const) {
      const place = lines.findIndex((line) => isEntry(line, seq));
      const swapped = [...lines.slice(0, place), ...lines.slice(place, place + 2).reverse(), ...lines.slice(place + 2)];
      expect(faultOf(swapped)).toEqual({ seq, what: expect.stringContaining('moved') });
      const doubled = lines.toSpliced(place, 0, ...lines.slice(place, place + 1));
      expect(faultOf(doubled)).toEqual({ seq: seq + 1, what: expect.stringContaining(`says it is entry ${seq}`) });
    }
    const moved = [...without(ofAda, 3).slice(0, -1), ...ofAda.filter((line) => isEntry(line, 3)), ...ofAda.slice(-1)];
    expect(faultOf(moved)).toEqual({ seq: 3, what: expect.stringContaining('moved') });
    const stretches = [ofCleo[0], ...ofCleo.slice(5, 9), ...ofCleo.slice(1, 5), ofCleo[9]] as EvidenceLine[];
    expect(faultOf(stretches)?.seq).toBe(12);
  });

  test('[EVID-3] a file that is cut anywhere is told from a whole one', () => {
    for (let length = 0; length < ofCleo.length; length += 1) {
      const fault = faultOf(ofCleo.slice(0, length));
      const last =
        ofCleo
          .slice(0, length)
          .filter((line) => isEntry(line))
          .at(-1)?.seq ?? 0;
      expect(fault).toEqual({ seq: expect.any(Number), what: expect.stringContaining('cut short') });
      expect(fault?.seq).toBeGreaterThan(last);
    }
  });

  test('[EVID-3] a last line that says otherwise, a first that does, and what stands around them', () => {
    const end = ofAda.at(-1) as EvidenceLine;
    expect(faultOf(changeLine(ofAda, 'end', { head: { seq: 11, chain: genesis.chain } }))).toEqual({
      seq: 11,
      what: expect.stringContaining('head'),
    });
    expect(faultOf(changeLine(ofAda, 'end', { head: { seq: 12, chain: genesis.chain } }))).toEqual({
      seq: 12,
      what: expect.stringContaining('left out'),
    });
    expect(faultOf(changeLine(ofAda, 'end', { count: 10 }))?.what).toContain('announces 11');
    expect(faultOf(changeLine(ofAda, 'evidence', { count: 12 }))?.what).toContain('announces 12');
    expect(faultOf(changeLine(ofAda, 'evidence', { type: 'direct' }))?.what).toContain('it is a group one');
    expect(faultOf([...ofAda, end])?.what).toContain('after the last line');
    expect(faultOf([ofAda[0] as EvidenceLine, ...ofAda])?.what).toContain('second first line');
    expect(faultOf(ofAda.slice(1))?.what).toContain('first line of the file is left out');
    expect(faultOf(ofAda.filter(({ line }) => line !== 'stretch'))?.what).toContain('stretch before it is left out');
    expect(faultOf(changeLine(ofAda, 'stretch', { previous: { seq: 0, chain: digest16('forged') } }))?.seq).toBe(1);
    const check = checkOf(ofAda);
    check.takeUnreadable('line 99 is no JSON');
    expect(check.fault?.what).toContain('after the last line');
  });

  test('[EVID-3] a line that cannot be read is named by the entry it stands for', () => {
    const check = new EvidenceCheck(digest16);
    for (const line of ofAda.slice(0, 4)) check.take(line);
    check.takeUnreadable('line 5 is no JSON');
    for (const line of ofAda.slice(5)) check.take(line);
    check.finish();
    expect(check.fault).toEqual({ seq: 3, what: 'what stands in its place was altered: line 5 is no JSON' });
  });

  test('[EVID-3] half a character in a body is seen, though it is hashed like another', () => {
    const one = logOf(here, [creation('group', [ada, ben]), says('so \ufffd it was')]);
    const lines = evidenceFor(ada, one);
    const altered = change(lines, 2, ({ body }) => ({ body: (body ?? '').replace('\ufffd', '\ud800') }));
    expect(faultOf(lines)).toBeNull();
    expect(faultOf(altered)).toEqual({ seq: 2, what: expect.stringContaining('no text') });
  });

  test('[EVID-3] a direct conversation is that of its two people; that of another pair, under its name, is seen', () => {
    for (const members of [[ada, ben], [ada]]) {
      const own = directConversationId(digest16, ada, members[1] ?? ada);
      const lines = evidenceFor(ada, logOf(own, [creation('direct', members), says('hello')]));
      expect(faultOf(lines)).toBeNull();
      expect(faultOf(changeLine(lines, 'evidence', { conversation: here }))).toEqual({
        seq: 1,
        what: expect.stringContaining('another conversation'),
      });
    }
  });

  test('[EVID-1] when it was is nowhere hashed, and names are only to read by', () => {
    const named: EvidenceLine = { line: 'person', id: ben, handle: 'ben', displayName: 'Ben' };
    expect(faultOf(change(ofAda, 3, () => ({ ts: 9 as WallMs })))).toBeNull();
    expect(faultOf(ofAda.toSpliced(3, 0, named))).toBeNull();
    expect(log.entries.flatMap(peopleNamedIn)).toEqual([
      ada,
      ada,
      ben,
      ada,
      ben,
      ada,
      cleo,
      cleo,
      ada,
      cleo,
      ada,
      ada,
      ada,
      cleo,
      ben,
      ada,
    ]);
  });
});
