import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFuzz } from '../conformance/fuzz/run-fuzz.ts';
import { Place } from '../conformance/place.ts';
import { runSections } from '../conformance/run-sections.ts';
import { allSections } from '../conformance/sections/all-sections.ts';
import { specRules } from '../conformance/spec-rules.ts';
import { type Alteration, AlteringRelay, type Frame } from './altering-relay.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

test.skipIf(process.platform !== 'linux')(
  'every rule of SPEC.md is seen to be kept, none is left out, and 3,000 frames of the fuzzer break nothing',
  async () => {
    // What failed says more than that something did.
    const { stdout } = await run(process.execPath, ['conformance/run.ts'], { cwd: root, maxBuffer: 67_108_864 }).catch(
      (error: { readonly stdout: string }) => error,
    );
    const lines = stdout.trimEnd().split('\n');
    // With the lines after it, which say why.
    expect(lines.flatMap((line, at) => (/^(FAIL|not seen)/.test(line) ? lines.slice(at, at + 4) : []))).toEqual([]);
    const shown = new Set(lines.flatMap((line) => line.match(/[A-Z]+-\d+/g) ?? []));
    expect(specRules().filter((rule) => !shown.has(rule))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^\d{3} passed, 0 failed$/);
    expect(lines.find((line) => line.startsWith('ok    fuzz'))).toMatch(/said 30\d\d things .* with seed \d+/);
  },
);

test('a server that speaks HTTPS is asked over TLS, and what a stranger cannot see is named and not counted as kept', async () => {
  await using folder = await TemporaryFolder.make();
  const certificate = join(import.meta.dirname, 'certificate/certificate.pem');
  const env = { PARLOUR_TLS_CERT: certificate, PARLOUR_TLS_KEY: join(import.meta.dirname, 'certificate/key.pem') };
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const args = ['--url', server.url, '--only', 'CONN-2,SEND-2,LOG-2,DRAIN-1', '--people', join(folder.path, 'people')];
  for (const runs of ['the first', 'another, of the same people']) {
    const trusting = { ...process.env, NODE_EXTRA_CA_CERTS: certificate };
    const { stdout } = await run(process.execPath, ['conformance/run.ts', ...args], { cwd: root, env: trusting });
    expect(stdout, runs).toMatch(/\n6 passed, 0 failed, 3 skipped\n$/);
    expect(stdout).toContain('not seen here: DRAIN-1, because the server must be stopped; `--operator COMMAND` that knows `stop` shows it');
  }
});

test('what cannot be understood, and a rule that there is not, end with the reason and exit code 2', async () => {
  for (const args of [
    ['--ulr', 'x'],
    ['--only', 'FLY-1'],
  ]) {
    const ended = run(process.execPath, ['conformance/run.ts', ...args], { cwd: root });
    await expect(ended).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('cannot run: ') });
  }
});

/** Changes frames of one kind. */
const altered = (kind: string, alter: (frame: Frame) => readonly unknown[]): Alteration => ({
  frame: (frame) => (frame.kind === kind ? alter(frame) : [frame]),
});
const each = (kind: string, list: string, alter: (item: Frame) => unknown): Alteration =>
  altered(kind, (frame) => [{ ...frame, [list]: (frame[list] as Frame[]).map(alter) }]);
const row = (index: number, value: (before: number) => number): Alteration =>
  altered('listed', (frame) => [
    { ...frame, rows: (frame.rows as number[][]).map((cells) => cells.with(index, value(cells[index] ?? 0))) },
  ]);

describe('a server that is nearly right', () => {
  let folder: TemporaryFolder;
  let server: ParlourProcess;
  let relay: AlteringRelay;
  let place: Place;

  beforeAll(async () => {
    folder = await TemporaryFolder.make();
    server = await ParlourProcess.start({ dataFolder: folder.path, env: { PARLOUR_LOG_LEVEL: 'silent', PARLOUR_TRUST_PROXY: 'true' } });
    relay = await AlteringRelay.start(server.url);
    place = new Place({ url: relay.url, patienceMs: 1_000, operator: null });
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await server.stop();
    await folder[Symbol.asyncDispose]();
  });

  const alterations: readonly [rule: string, what: string, alteration: Alteration][] = [
    [
      'HELLO-3',
      'tells another limit than it keeps',
      altered('welcome', (frame) => [{ ...frame, limits: { ...(frame.limits as object), textLengthMax: 1 } }]),
    ],
    ['HELLO-5', 'knows of no number of a device', altered('welcome', (frame) => [{ ...frame, operationNumber: 0 }])],
    ['TOKEN-1', 'lets a renewed token end before the old one', altered('renewed', (frame) => [{ ...frame, tokenExpiresAt: 1 }])],
    ['FRAME-1', 'closes with another code', { closeCode: () => 4100 }],
    ['CLOSE-1', 'does not say why it closes', altered('error', () => [])],
    ['REQ-1', 'answers twice', altered('pong', (frame) => [frame, frame])],
    ['REQ-3', 'calls for a retry of what never works', altered('error', (frame) => [{ ...frame, retryable: true }])],
    ['SEND-1', 'has results out of order', altered('sent', (frame) => [{ ...frame, results: (frame.results as unknown[]).toReversed() }])],
    [
      'SEND-2',
      'takes back what must wait',
      each('sent', 'results', (result) => ('error' in result ? { ...result, error: 'superseded' } : result)),
    ],
    [
      'OP-1',
      'tells that there is a conversation',
      each('sent', 'results', (result) => ('error' in result ? { ...result, error: 'not_a_member' } : result)),
    ],
    [
      'OP-3',
      'has a new place for what stands there',
      each('sent', 'results', (result) => ('seq' in result ? { ...result, seq: Number(result.seq) + Number(result.n) } : result)),
    ],
    [
      'FAN-1',
      'tells runs that do not follow each other',
      altered('entries', (frame) => [{ ...frame, previous: { ...(frame.previous as object), seq: 0 } }]),
    ],
    [
      'PULL-1',
      'leaves out the last entry of a range',
      altered('range', (frame) => [{ ...frame, entries: (frame.entries as unknown[]).slice(0, -1) }]),
    ],
    [
      'LOG-4',
      'names another conversation',
      altered('opened', (frame) => [{ ...frame, row: (frame.row as unknown[]).with(0, '0'.repeat(26)) }]),
    ],
    ['LOG-5', 'counts a message twice', each('range', 'entries', (entry) => ({ ...entry, ord: Number(entry.ord) + 1 }))],
    ['SYNC-1', 'sees no difference', altered('synced', (frame) => [{ ...frame, groups: [] }])],
    ['SYNC-3', 'lets one compare without end', altered('error', (frame) => [{ ...frame, code: 'too_busy' }])],
    ['ROW-1', 'miscounts in a row', row(7, (ord) => ord + 1)],
    ['MARK-1', 'lets a marker fall back', row(10, () => 0)],
    ['MARK-4', 'has an unread count that drifts', row(11, (readOrd) => Math.max(0, readOrd - 1))],
    ['RCPT-1', 'tells others the counts', altered('marker', (frame) => [{ ...frame, readOrd: 1, readMine: 1 }])],
    ['TYPE-1', 'tells of typing twice', altered('typing', (frame) => [frame, frame])],
    [
      'PRES-4',
      'tells of strangers',
      altered('presence', (frame) => [
        { ...frame, people: [...(frame.people as object[]), { person: '0'.repeat(26), presence: 'online' }] },
      ]),
    ],
    ['REG-1', 'does not say which version is there', altered('error', (frame) => [{ ...frame, details: { ver: 0 } }])],
    ['ASK-1', 'has another name for somebody', each('people', 'people', (person) => ({ ...person, displayName: 'x' }))],
    ['OPEN-1', 'says something that its own schema refuses', altered('opened', (frame) => [{ ...frame, later: true }])],
  ];

  test('left as it is, is found right', async () => {
    relay.alteration = {};
    const judged = await runSections(
      allSections,
      place,
      alterations.map(([rule]) => rule),
    );
    expect(judged.filter(({ outcome }) => outcome.is === 'failed')).toEqual([]);
    expect(judged.filter(({ outcome }) => outcome.is === 'ok').length).toBeGreaterThan(alterations.length);
  });

  test.each(alterations)('%s: one that %s is found out', async (rule, _, alteration) => {
    relay.alteration = alteration;
    const judged = await runSections(allSections, place, [rule]);
    const reasons = judged.flatMap(({ outcome }) => (outcome.is === 'failed' ? [outcome.why] : []));
    expect(reasons.length).toBeGreaterThan(0);
    // It is what was seen that is wrong, and not that nothing came.
    for (const why of reasons) expect(why).not.toMatch(/did not come within|fetch failed/);
  });

  test.each<[string, RegExp, Alteration]>([
    ['answers outside the registry', /its own schema refuses/, altered('error', (frame) => [{ ...frame, code: 'oops' }])],
    ['says that something broke', /something broke/, altered('error', (frame) => [{ ...frame, code: 'internal' }])],
    [
      'leaks what strangers say',
      /something of strangers was told/,
      { frame: (frame, heard) => [frame.kind === 'error' ? { ...frame, sentence: heard } : frame] },
    ],
    [
      'ends the connection for a frame that it should take',
      /after frames that the schemas take|and not/,
      { frame: (frame) => [frame], closeCode: (code) => code + 1 },
    ],
  ])('the fuzzer finds out one that %s', async (_, problem, alteration) => {
    relay.alteration = alteration;
    const { problems } = await runFuzz({ url: relay.url, frameCount: 400, seed: 7 });
    expect(problems.join('\n')).toMatch(problem);
  });
});
