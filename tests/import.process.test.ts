import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type CommandOptions, runParlour } from './parlour-command.ts';
import { TemporaryFolder } from './parlour-process.ts';

const password = 'nine violet kettles sing at dawn';
const lineCount = 30_000;
const channelCount = 7;

/** Made up, and the same each time: channels that take turns, authors who come and go, days that pass midnight, some lines that cannot be taken. */
function history(): string[] {
  const next = new Array<number>(channelCount).fill(0);
  return Array.from({ length: lineCount }, (_, index) => {
    const channel = Math.floor(index / 90) % channelCount;
    const line = next[channel] ?? 0;
    next[channel] = line + 1;
    const common = { channel: `room-${channel}`, line, time: '2010-05-01T10:00:00Z', text: `line ${line} of room ${channel}` };
    if (index % 997 === 5) return '{ "channel": "room-';
    if (index % 13 === 3) return JSON.stringify({ ...common, kind: 'system' });
    const author = `author${(index * 7919) % 400}`;
    const more = { ...(index % 4 === 0 && line > 3 && { replyTo: [line - 1, line - 3] }), ...(index % 50 === 0 && { day: 1 }) };
    return JSON.stringify({ ...common, ...more, kind: index % 29 === 0 ? 'action' : 'message', author });
  });
}

async function run(args: readonly string[], options: CommandOptions) {
  const end = await runParlour([...args], options);
  if (end.code !== 0) throw new Error(`parlour ${args.join(' ')} ended with ${end.code ?? end.signal}:\n${end.stderr}`);
  return { ...end, json: args.includes('--json') ? JSON.parse(end.stdout) : null };
}

/** All that was said, by whom, when and where, without what chance decides. */
function contentOf(dataFolder: string): unknown[] {
  using database = new DatabaseSync(join(dataFolder, 'parlour.db'), { readOnly: true });
  const rows = database.prepare(
    `select c.public_id, c.title, e.seq, e.kind, p.public_id as author, p.handle, e.n, e.ord, e.mine, e.member_seq, e.ts, e.body
     from entry e join conversation c on c.id = e.conv join person p on p.id = e.author order by c.public_id, e.seq`,
  );
  return rows.all();
}

test('an import killed in the middle and run again has doubled nothing, lost nothing, and equals one that ran through', async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, 'history.jsonl.gz');
  writeFileSync(file, gzipSync(`${history().join('\n')}\n`));
  const whole = { dataFolder: join(folder.path, 'whole') };
  const killed = { dataFolder: join(folder.path, 'killed') };

  const through = await run(['import', 'jsonl', file, '--json'], whole);
  expect(through.json).toMatchObject({ complete: true, read: lineCount, alreadyThere: 0, leftOut: { malformed: 31 } });

  let kills = 0;
  for (const progressLines of [1, 1, 2]) {
    const end = await runParlour(['import', 'jsonl', file], {
      ...killed,
      onStderr: (said, child) => said.split('\n').length > progressLines && child.kill('SIGKILL'),
    });
    if (end.signal === 'SIGKILL') kills += 1;
  }
  expect(kills).toBeGreaterThan(0);

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
  writeFileSync(file, history().slice(0, 10).join('\n'));
  expect(await runParlour(['import', 'jsonl', file, '--member', 'nobody'], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot find nobody: nobody has this handle'),
  });
  expect(await runParlour(['import', 'jsonl', `${file}.not-there`], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ENOENT'),
  });
  const packed = gzipSync(history().join('\n'));
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
  writeFileSync(file, history().slice(0, 50).join('\n'));
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
  const other = history()
    .flatMap((line) => /"author":"(author[1-9]\d*)"/.exec(line)?.[1] ?? [])
    .find(Boolean) as string;
  expect((await run(['import', 'remove', other], options)).stdout).toContain('stays, without it');
  expect(await runParlour(['import', 'remove', other], options)).toMatchObject({ code: 1 });
  expect(await runParlour(['import', 'remove', 'author0'], options)).toMatchObject({ code: 1 });
  expect((await run(['verify', '--json'], options)).json.ok).toBe(true);
});
