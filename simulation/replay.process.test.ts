import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';

const run = (args: readonly string[]) => promisify(execFile)(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args]);

test('a seed has the same trace hash each time, and in another process', async () => {
  const seed = 7;
  const [one, again] = [await simulate({ seed }), await simulate({ seed })];
  expect(again.traceHash).toBe(one.traceHash);
  const { stdout } = await run(['--seed', String(seed)]);
  expect(stdout).toContain(`seed ${seed}: ${one.eventCount} events`);
  expect(stdout).toContain(`trace hash ${one.traceHash}`);
});

test('--trace shows every step; seeds on all cores end with what they came to', async () => {
  const [traced, many] = await Promise.all([run(['--seed', '3', '--trace']), run(['--seeds', '1..4'])]);
  expect(traced.stdout).toMatch(/^ +\d+\.\d{3} server +! starts$/m);
  expect(many.stdout).toMatch(/^4 seeds, 0 failed; \d+ events/m);
  expect(many.stdout).toMatch(/^\d+ events a second/m);
});

test('what cannot be understood ends with the reason, where help is, and exit code 2', async () => {
  await expect(run(['--seed', 'seven'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--seed takes a whole number from 0 on, not seven[\s\S]*--help/),
  });
});
