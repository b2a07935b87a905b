import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { endLeftBehind, markedProcesses, suiteMark } from './left-behind.ts';

/** Resolves once it runs: until then the system still shows the environment of its starter. */
async function startMarked(mark: string, program: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', `${program}; console.log('here')`], {
    env: { ...process.env, [suiteMark]: mark },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

test.runIf(process.platform === 'linux')('a process that a suite leaves running is found by its mark, and ended', async () => {
  const mark = randomUUID();
  const child = await startMarked(mark, 'setInterval(() => {}, 1000)');
  const ended = once(child, 'exit');
  const found = [{ pid: child.pid, command: expect.stringContaining('setInterval') }];
  expect(markedProcesses(mark)).toEqual(found);
  expect(markedProcesses(randomUUID())).toEqual([]);
  expect(await endLeftBehind(mark, 0)).toEqual(found);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(markedProcesses(mark)).toEqual([]);
});

test('a process that is about to end is waited for, and is not left behind', async () => {
  const mark = randomUUID();
  const child = await startMarked(mark, 'process.stdin.resume()');
  const looking = endLeftBehind(mark, 30_000);
  child.stdin?.end();
  expect(await looking).toEqual([]);
});
