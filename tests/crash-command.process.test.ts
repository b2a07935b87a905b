import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const command = join(import.meta.dirname, '../testkit/crash-test.ts');
/** A server that forgets the newest entry of each log whenever it starts: what a lost write would look like. */
const forgetting = `
import { DatabaseSync } from 'node:sqlite';
const { exec } = DatabaseSync.prototype;
if (process.argv.includes('start')) DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql);
  if (sql !== 'pragma journal_mode = wal') return;
  const before = (column) => column + ' = (select ' + column + ' from entry where conv = id and seq = head - 1)';
  exec.call(this, 'update conversation set head = head - 1, ' + before('chain') + ', ' + before('ord') + ' where head > 1');
  exec.call(this, 'delete from entry where seq > (select head from conversation where id = conv)');
};`;

async function crashTest(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [command, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code, said };
}

test('a crash test of a server that loses something says so, keeps the folder, and ends with exit code 1', async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(forgetting)}`;
  const { code, said } = await crashTest(['--cycles', '2', '--seed', '1'], { NODE_OPTIONS });
  const folder = /^look at (.+\/data): it is kept/m.exec(said)?.[1];
  if (folder === undefined) throw new Error(`it names no folder that it has kept:\n${said}`);
  onTestFinished(() => rm(dirname(folder), { recursive: true, force: true }));
  expect({ code, said }).toMatchObject({ code: 1, said: expect.stringMatching(/^FAULT /m) });
  expect(said).toMatch(/^violations +[1-9]/m);
  expect(existsSync(join(folder, 'parlour.db'))).toBe(true);
});

test('a crash test that cannot be understood ends with the reason and exit code 2', async () => {
  expect(await crashTest(['--cycles', 'many'])).toMatchObject({ code: 2, said: expect.stringContaining('cannot understand this') });
});
