import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SqliteAudit } from '../apps/server/src/adapters/sqlite/sqlite-audit.ts';
import { SqliteDatabase } from '../apps/server/src/adapters/sqlite/sqlite-database.ts';
import { digest16 } from '../apps/server/src/node-environment.ts';
import { historyChannelCount as channelCount, contentOf, history } from '../testkit/import-history.ts';
import { type CommandOptions, runParlour } from './parlour-command.ts';
import { TemporaryFolder } from './parlour-process.ts';

const lineCount = 30_000;
const password = 'nine violet kettles sing at dawn';
async function run(args: readonly string[], options: CommandOptions) {
  const end = await runParlour([...args], options);
  if (end.code !== 0) throw new Error(`parlour ${args.join(' ')} ended with ${end.code ?? end.signal}:\n${end.stderr}`);
  return { ...end, json: args.includes('--json') ? JSON.parse(end.stdout) : null };
}

test('an import killed in the middle and run again has doubled nothing, lost nothing, and equals one that ran through', async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, 'history.jsonl.gz');
  writeFileSync(file, gzipSync(`${history(lineCount).join('\n')}\n`));
  const whole = { dataFolder: join(folder.path, 'whole') };
  const killed = { dataFolder: join(folder.path, 'killed') };

  const through = await run(['import', 'jsonl', file, '--json'], whole);
  expect(through.json).toMatchObject({ complete: true, read: lineCount, alreadyThere: 0, leftOut: { malformed: 31 } });

  for (const progressLines of [1, 2, 3]) {
    // More could still come, so it never ends before it is killed, however late that is.
    const end = await runParlour(['import', 'jsonl', '-', '--source', 'history'], {
      ...killed,
      input: `${history(lineCount).join('\n')}\n`,
      isInputOpen: true,
      onStderr: (said, child) => said.split('\n').length > progressLines && child.kill('SIGKILL'),
    });
    expect(end.signal).toBe('SIGKILL');
  }

  const again = await run(['import', 'jsonl', file, '--json'], killed);
  const { written, alreadyThere, leftOut } = again.json;
  expect(alreadyThere).toBeGreaterThan(0);
  expect(written.message).toBeGreaterThan(0);
  expect(leftOut).toEqual(through.json.leftOut);
  expect(written.message + written.action + written.system + alreadyThere + leftOut.malformed).toBe(lineCount);
  expect(contentOf(killed.dataFolder)).toEqual(contentOf(whole.dataFolder));

  const verified = await run(['verify', '--json'], killed);
  expect(verified.json).toMatchObject({ ok: true, conversations: channelCount });
  const third = await run(['import', 'jsonl', file, '--json'], killed);
  expect(third.json).toMatchObject({ alreadyThere: lineCount - 31, written: { message: 0, action: 0, system: 0 } });
});

/** What making one digest takes on this machine and at this hour: machines differ, and what they all do is counted in it. */
function digestUs(): number {
  const count = 100_000;
  return (
    cpuUs(() => {
      for (let index = 0; index < count; index++) digest16(`${'what people write '.repeat(8)}${index}`);
    }) / count
  );
}

/** Time of the processor, not of the clock: the same on a machine that has other things to do. */
function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Says what a command has taken of the processor when it ends. */
const sayCpu = "process.on('exit', () => console.error('cpu', Object.values(process.cpuUsage()).reduce((sum, us) => sum + us)))";
/** A digest takes about this where a line may take 272 us and an entry 30. */
const usualDigestUs = 1;

test('220,413 lines at this pace take less than a minute, and verify reads 1 million entries within 30 s', async () => {
  await using folder = await TemporaryFolder.make();
  const options = {
    dataFolder: join(folder.path, 'data'),
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(sayCpu)}` },
  };
  const { json, stderr } = await run(['import', 'jsonl', '-', '--json'], { ...options, input: history(lineCount).join('\n') });
  const importUs = Number(/^cpu (\d+)$/m.exec(stderr)?.[1]);
  expect(importUs / json.read / digestUs()).toBeLessThan(60e6 / 220_413 / usualDigestUs);
  using database = new SqliteDatabase({ file: join(options.dataFolder, 'parlour.db'), busyTimeoutMs: 1_000, readOnly: true });
  const audit = new SqliteAudit(database.connection, digest16);
  let counted = { entries: 0, faultCount: -1 };
  const auditUs = cpuUs(() => {
    counted = audit.run(() => {});
  });
  expect(counted.faultCount).toBe(0);
  expect(auditUs / counted.entries / digestUs()).toBeLessThan(30 / usualDigestUs);
});

test('verify reads one moment of a store that others write, and Ctrl-C ends an import between two commits', async () => {
  await using folder = await TemporaryFolder.make();
  const options = { dataFolder: join(folder.path, 'data') };
  const verifying: ReturnType<typeof run>[] = [];
  const end = await runParlour(['import', 'jsonl', '-', '--json'], {
    ...options,
    input: history(lineCount).join('\n'),
    isInputOpen: true,
    onStderr: (_, child) => {
      if (verifying.length === 0) verifying.push(run(['verify', '--json'], options).finally(() => child.kill('SIGINT')));
    },
  });
  const verified = (await verifying[0])?.json;
  expect(verified).toMatchObject({ ok: true, faults: [] });
  expect(verified.entries).toBeGreaterThan(0);
  expect(end).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted; run it again to go on from here') });
  const { complete, written } = JSON.parse(end.stdout);
  expect(complete).toBe(false);
  const after = (await run(['verify', '--json'], options)).json;
  expect(after.messages).toBe(written.message + written.action);
  expect(after.entries).toBeGreaterThanOrEqual(verified.entries);
});

test('an import holds a piece of the file at a time, however large the file and its lines are', async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, 'large.jsonl.gz');
  const good = JSON.stringify({ channel: 'tea', line: 0, time: '2010-05-01T10:00:00Z', kind: 'message', author: 'grace', text: 'hello' });
  const megabyte = Buffer.alloc(1_000_000, 'x');
  const lines = Buffer.from(`${'y'.repeat(999)}\n`.repeat(1_000));
  // Members of one gzip file follow each other, so the same packed piece can be written many times.
  const packed = [gzipSync(megabyte), gzipSync(lines)].flatMap((piece) => new Array<Buffer>(100).fill(piece));
  writeFileSync(file, Buffer.concat([...packed, gzipSync(good)]));
  const env = { NODE_OPTIONS: '--max-old-space-size=64' };
  const { json } = await run(['import', 'jsonl', file, '--json'], { dataFolder: join(folder.path, 'data'), env });
  expect(json).toMatchObject({ read: 100_001, written: { message: 1 }, leftOut: { malformed: 100_000 } });
  expect(json.leftOutLines[0]).toMatchObject({ number: 1, detail: 'it is longer than 1048576 bytes' });
});

test('a reader is a member of what is imported from a pipe, and what was left out is named', async () => {
  await using folder = await TemporaryFolder.make();
  const options = { dataFolder: join(folder.path, 'data') };
  await run(['user', 'create', '--handle', 'ada', '--email', 'ada@example.org', '--password-stdin'], {
    ...options,
    input: `${password}\n`,
  });
  const input = [
    JSON.stringify({ channel: 'tea', line: 0, time: '2010-05-01T10:00:00Z', kind: 'message', author: 'grace', text: 'hello' }),
    'not JSON',
    JSON.stringify({ channel: 'tea', line: 1, time: '2010-05-01T10:00:00Z', kind: 'message', author: 'grace', text: ' ' }),
  ].join('\n');
  const end = await run(['import', 'jsonl', '-', '--source', 'old', '--member', '@ADA', '--as-channel-prefix'], { ...options, input });
  expect(end.stdout).toContain('line 2 of the file: malformed: it is not JSON');
  expect(end.stdout).toContain('line 3 of the file: empty text');
  expect(end.stderr).toContain('read 3 lines: 1 written, 0 already there');
  using database = new DatabaseSync(join(options.dataFolder, 'parlour.db'), { readOnly: true });
  const rows = database.prepare(
    `select c.title, m.from_seq from member m join person p on p.id = m.person join conversation c on c.id = m.conv where p.handle = 'ada'`,
  );
  expect(rows.all()).toMatchObject([{ title: 'old: tea', from_seq: 2 }]);
});

test('a reader whom nobody knows, a file that is not there and a packed file that breaks off are told', async () => {
  await using folder = await TemporaryFolder.make();
  const options = { dataFolder: join(folder.path, 'data') };
  const file = join(folder.path, 'history.jsonl');
  writeFileSync(file, history(lineCount).slice(0, 10).join('\n'));
  expect(await runParlour(['import', 'jsonl', file, '--member', 'nobody'], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot find nobody: nobody has this handle'),
  });
  expect(await runParlour(['import', 'jsonl', `${file}.not-there`], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ENOENT'),
  });
  const packed = gzipSync(history(lineCount).join('\n'));
  writeFileSync(`${file}.gz`, packed.subarray(0, packed.length / 2));
  const broken = await runParlour(['import', 'jsonl', `${file}.gz`, '--json'], options);
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot read on .*; what came before is imported/) });
  expect(JSON.parse(broken.stdout)).toMatchObject({ complete: false });
  expect(JSON.parse(broken.stdout).written.message).toBeGreaterThan(0);
});

test('an imported author is claimed or removed, once', async () => {
  await using folder = await TemporaryFolder.make();
  const options = { dataFolder: join(folder.path, 'data') };
  const file = join(folder.path, 'history.jsonl');
  writeFileSync(file, history(lineCount).slice(0, 50).join('\n'));
  await run(['import', 'jsonl', file], options);
  const claim = ['import', 'claim', 'author0', '--email', 'zero@example.org', '--password-stdin'];
  expect(await runParlour(claim, { ...options, input: 'password1\n' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('too easy to guess'),
  });
  expect((await run(claim, { ...options, input: `${password}\n` })).stdout).toContain('author0 can log in now');
  expect(await runParlour(claim, { ...options, input: `${password}\n` })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not an imported author'),
  });
  const other = history(lineCount)
    .flatMap((line) => /"author":"(author[1-9]\d*)"/.exec(line)?.[1] ?? [])
    .find(Boolean) as string;
  expect((await run(['import', 'remove', other], options)).stdout).toContain('stays, without it');
  expect(await runParlour(['import', 'remove', other], options)).toMatchObject({ code: 1 });
  expect(await runParlour(['import', 'remove', 'author0'], options)).toMatchObject({ code: 1 });
  expect((await run(['verify', '--json'], options)).json.ok).toBe(true);
});
