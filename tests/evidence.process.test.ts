import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import type { Position } from '@parlour/core/conversation-log/entry';
import { fingerprintOf } from '@parlour/core/fingerprint';
import type { ConversationId } from '@parlour/core/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SeededFolder, type SeededPerson, seedFolder } from '../bench/seeded-folder.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess } from './parlour-process.ts';

const talkCount = 3_000;
const erasedSeq = 700;

let folder: SeededFolder;
let server: ParlourProcess;
let conversation: ConversationId;
let pair: ConversationId;
/** Cleo is in the group from 1,002 to 1,503, and from 2,504 on. */
let [ada, ben, cleo]: SeededPerson[] = [];

const inFolder = (name: string) => join(folder.path, name);
const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('there is none');
  return value;
};

async function get(url: string, { token }: SeededPerson, path: string): Promise<Response> {
  const answer = await fetch(`${url}/v1/conversations/${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return answer;
}

/** As `curl` would. @returns the file */
async function exportTo(name: string, person: SeededPerson | undefined, { url = server.url, of = conversation } = {}): Promise<string> {
  writeFileSync(inFolder(name), await (await get(url, must(person), `${of}/evidence`)).text());
  return inFolder(name);
}

async function headOf(person: SeededPerson | undefined, { url = server.url, of = conversation } = {}): Promise<Position> {
  return ((await (await get(url, must(person), of)).json()) as { head: Position }).head;
}

async function send(url: string, { token, device }: SeededPerson, of: ConversationId, n: number, text: string): Promise<void> {
  const answer = await fetch(`${url}/v1/conversations/${of}/entries`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ device, n, text }),
  });
  expect(answer.status).toBe(200);
}

/** No folder, no server: one that is not there shows that none is asked for. */
const verify = (...args: string[]) => runParlour(['verify', ...args], { dataFolder: inFolder('none') });
const files = (...names: string[]) => names.flatMap((name) => ['--evidence', name]);
const changed = (name: string, change: (lines: string[]) => string[]): string => {
  writeFileSync(inFolder('changed.jsonl'), `${change(readFileSync(name, 'utf8').trimEnd().split('\n')).join('\n')}\n`);
  return inFolder('changed.jsonl');
};
const indexOf = (lines: readonly string[], seq: number) => lines.findIndex((line) => line.startsWith(`{"line":"entry","seq":${seq},`));

beforeAll(async () => {
  folder = await seedFolder(3, async (seeder) => {
    const [one, two, three] = [must(seeder.people[0]), must(seeder.people[1]), must(seeder.people[2])];
    const says = (index: number) => ({
      kind: 'message' as const,
      author: index % 3 === 0 ? two.id : one.id,
      body: { text: `line ${index}, ünï ✓ "quoted"` },
    });
    const lines = Array.from({ length: talkCount }, (_, index) => says(index));
    const adds = { kind: 'add' as const, author: one.id, body: { person: three.id, role: 'member' } };
    const removes = { kind: 'remove' as const, author: one.id, body: { person: three.id } };
    const group = [...lines.slice(0, 1_000), adds, ...lines.slice(1_000, 1_500), removes, ...lines.slice(1_500, 2_500), adds];
    conversation = await seeder.createGroup('tea', [one, two], [...group, ...lines.slice(2_500)]);
    pair = await seeder.createDirect(one, two, lines.slice(0, 50));
  });
  [ada, ben, cleo] = [...folder.people];
  using database = new DatabaseSync(inFolder('parlour.db'));
  database
    .prepare('update entry set body = null, salt = null where seq = ? and conv = (select id from conversation where public_id = ?)')
    .run(erasedSeq, conversation);
  server = await ParlourProcess.start({ dataFolder: folder.path });
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

describe('parlour verify --evidence', () => {
  test('[EVID-3] says of a whole file what it checked, by itself, packed or not', async () => {
    const file = await exportTo('ada.jsonl', ada);
    const head = await headOf(ada);
    const end = await verify(...files(file));
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const [first, second, third] = end.stdout.split('\n');
    expect(first).toMatch(/ada\.jsonl: group conversation \w{26}, said to be exported by .+ \(@.+\) at \d{4}-\d\d-\d\dT/);
    expect(second).toBe(
      'entries 1 to 3004: 3004 in their order, none left out between them, none altered; 3003 with their bodies, 1 erased',
    );
    expect(third).toBe(`head: entry 3004, chain ${head.chain}, fingerprint ${fingerprintOf(head.chain)}`);
    writeFileSync(inFolder('ada.jsonl.gz'), gzipSync(readFileSync(file)));
    expect((await verify(...files(inFolder('ada.jsonl.gz')))).code).toBe(0);
    const json = JSON.parse((await verify(...files(file), '--json')).stdout);
    expect(json).toMatchObject({ ok: true, problems: [], files: [{ entryCount: 3_004, bodyCount: 3_003, head, fault: null }] });
  });

  test('[EVID-3] names what was altered, left out or moved, and where a file is cut, with exit code 1', async () => {
    const file = await exportTo('ada.jsonl', ada);
    const cases: Readonly<Record<string, [(lines: string[]) => string[], RegExp]>> = {
      'a word': [
        (lines) => lines.with(indexOf(lines, 2_001), must(lines[indexOf(lines, 2_001)]).replace('quoted', 'quoled')),
        /: entry 2001: it was altered: its body, its salt and its digest do not belong together$/m,
      ],
      'an author': [
        (lines) => lines.map((line) => (line.startsWith('{"line":"entry","seq":9,') ? line.replace(must(ada).id, must(ben).id) : line)),
        /: entry 9: it was altered/m,
      ],
      'one left out': [(lines) => lines.toSpliced(indexOf(lines, 1_234), 1), /: entry 1234: it is left out: after entry 1233 comes one/m],
      'one moved': [
        (lines) => [...lines.toSpliced(indexOf(lines, 77), 1).slice(0, -1), must(lines[indexOf(lines, 77)]), must(lines.at(-1))],
        /: entry 77: it was moved/m,
      ],
      'the end cut': [(lines) => lines.slice(0, -2), /: entry 3004: the file is cut short: it ends after entry 3003$/m],
      'half a line': [
        (lines) => [...lines.slice(0, indexOf(lines, 500)), must(lines[indexOf(lines, 500)]).slice(0, 80)],
        /: entry 500: what stands in its place was altered: line 504 is no JSON$/m,
      ],
      'another kind of file': [
        () => ['{"channel":"tea"}'],
        /: entry 1: what stands in its place was altered: in line 1, `line` is none that there can be$/m,
      ],
      nothing: [() => [], /: entry 1: /m],
    };
    for (const [what, [change, said]] of Object.entries(cases)) {
      const end = await verify(...files(changed(file, change)));
      expect({ what, code: end.code, stderr: end.stderr }).toEqual({ what, code: 1, stderr: 'not everything holds\n' });
      expect(end.stdout).toMatch(said);
      expect(end.stdout).not.toContain('none altered');
    }
    writeFileSync(inFolder('half.gz'), gzipSync(readFileSync(file)).subarray(0, 20_000));
    expect(await verify(...files(inFolder('half.gz')))).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/unexpected end of file\)$/m),
    });
  });

  test('[EVID-2] of who came and went it says the stays, and beside the file of another that both are one history', async () => {
    const [whole, parts] = [await exportTo('ada.jsonl', ada), await exportTo('cleo.jsonl', cleo)];
    const one = await verify(...files(parts));
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('entries 1002 to 1503, 2504 to 3004: 1003 in their order') });
    const both = await verify(...files(whole, parts));
    expect(both.code).toBe(0);
    expect(both.stdout).toContain('the two files are one history up to entry 3004, the last that both tell of');
  });

  test('[EVID-4] a head that somebody else sees is told to be of this history, of another, or not to be compared', async () => {
    const file = await exportTo('cleo.jsonl', cleo);
    const { seq, chain } = await headOf(cleo);
    const other = `${chain[0] === 'B' ? 'C' : 'B'}${chain.slice(1)}`;
    for (const said of [`${seq}:${chain}`, `${seq}:${fingerprintOf(chain)}`, `${seq}:${fingerprintOf(chain).replaceAll(' ', '-')}`]) {
      expect(await verify(...files(file), '--head', said)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`head ${said}: it is of this history`),
      });
    }
    const ends = [
      [`${seq}:${other}`, `another history, at entry ${seq} or before; here it is ${chain}, ${fingerprintOf(chain)}`],
      [`${seq + 1}:${chain}`, `not compared, as what was read says nothing of entry ${seq + 1}`],
      [`2000:${chain}`, 'not compared, as what was read says nothing of entry 2000'],
    ] as const;
    for (const [said, words] of ends) {
      const end = await verify(...files(file), '--head', `${seq}:${chain}`, '--head', said);
      expect(end).toMatchObject({ code: 1, stdout: expect.stringContaining(`head ${said}: ${words}`) });
      expect(end.stdout).toContain(`head ${seq}:${chain}: it is of this history`);
    }
  });

  test('[EVID-4] a server that tells two people two histories is found out by their two files, and by one file and a head', async () => {
    const twin = inFolder('twin');
    await server.stop();
    for (const name of ['parlour.db', 'secrets']) cpSync(inFolder(name), join(twin, name), { recursive: true });
    server = await ParlourProcess.start({ dataFolder: folder.path });
    await using other = await ParlourProcess.start({ dataFolder: twin });
    await send(server.url, must(ada), pair, 1, 'I said yes');
    await send(other.url, must(ada), pair, 1, 'I said no');
    await send(server.url, must(ben), pair, 1, 'so be it');
    await send(other.url, must(ben), pair, 1, 'so be it');
    const [mine, theirs] = [
      await exportTo('mine.jsonl', ada, { of: pair }),
      await exportTo('theirs.jsonl', ben, { of: pair, url: other.url }),
    ];
    for (const file of [mine, theirs]) expect((await verify(...files(file))).code).toBe(0);
    const end = await verify(...files(mine, theirs));
    expect(end).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^the two files are two histories: they part at entry 52; entry 51 is the last at which they are one$/m,
      ),
    });
    const json = JSON.parse((await verify(...files(mine, theirs), '--json')).stdout);
    expect(json).toMatchObject({ ok: false, comparison: { agreedSeq: 51, partedSeq: 52 } });
    const { seq, chain } = await headOf(ben, { of: pair, url: other.url });
    expect((await verify(...files(mine), '--head', `${seq}:${fingerprintOf(chain)}`)).stdout).toContain(
      'another history, at entry 53 or before',
    );
    expect((await verify(...files(mine, await exportTo('ada.jsonl', ada)))).stdout).toContain('the two files are of two conversations');
  });

  test.each([
    [['--evidence', '/not/there.jsonl'], /^cannot read \/not\/there\.jsonl: ENOENT/],
    [['--evidence', 'a', '--evidence', 'b', '--evidence', 'c'], /^cannot compare so many/],
    [['--evidence', 'a', '--head', '95'], /^cannot use --head "95": it is a seq, a colon/],
    [['--evidence', 'a', '--head', '0:AAAAAAAAAAAAAAAAAAAAAA'], /^cannot use --head /],
    [['--head', '95:AAAAAAAAAAAAAAAAAAAAAA'], /^cannot compare a head: name the file/],
  ])('%j ends with what is wrong with it, and exit code 1', async (args, said) => {
    expect(await verify(...args)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(said) });
  });

  test('what a file says of itself does not steer the terminal', async () => {
    const file = await exportTo('ada.jsonl', ada);
    const steering = changed(file, (lines) =>
      lines.map((line) => {
        const json = JSON.parse(line);
        return json.line === 'person' ? JSON.stringify({ ...json, displayName: 'a\u001b[2Jb\u009bc\u202e' }) : line;
      }),
    );
    const end = await verify(...files(steering));
    expect(end.code).toBe(0);
    expect(end.stdout).toContain('a\ufffd[2Jb\ufffdc\ufffd (@');
  });
});
