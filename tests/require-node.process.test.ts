import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const guard = join(import.meta.dirname, '../tools/require-node.cjs');

function runGuardAs(version: string): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [
    '-e',
    `Object.defineProperty(process, 'version', { value: '${version}' }); require(process.argv[1])`,
    guard,
  ]);
}

test.each(['v0.12.18', 'v20.20.2', 'v25.9.0'])('Node %s gets one clear line and exit code 1', async (version) => {
  const failure = await runGuardAs(version).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 1, stdout: '' });
  expect((failure as { stderr: string }).stderr).toMatch(new RegExp(`^parlour needs Node 26 or newer, and this is ${version}: .*\n$`));
});

test.each(['v26.0.0', 'v26.10.0', 'v100.1.0'])('Node %s passes in silence', async (version) => {
  expect(await runGuardAs(version)).toEqual({ stdout: '', stderr: '' });
});
