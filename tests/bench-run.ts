import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { TemporaryFolder } from './parlour-process.ts';

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export const benchFolder = join(import.meta.dirname, '../bench');

/** Runs Node to its end. */
export async function runNode(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, args);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

/**
 * Runs a workload small. One in which an order is wrong, a gap or a double is seen throws, and then there are no results: they are there
 * because the checks passed. What the figures are is not looked at.
 */
export async function expectResults(
  workload: string,
  { parts, metrics }: { readonly parts: readonly string[]; readonly metrics: readonly string[] },
): Promise<void> {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, 'results.json');
  const { code, stdout, stderr } = await runNode([join(benchFolder, 'run.ts'), workload, '--quick', '--json', file]);
  expect(existsSync(file), stderr).toBe(true);
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, unknown>[] };
  expect([...new Set(results.map((result) => result.workload))]).toEqual(parts);
  expect(results.map(({ metric }) => metric)).toEqual(expect.arrayContaining([...metrics]));
  for (const result of results) {
    expect(Object.keys(result).sort()).toEqual(['aim', 'metric', 'must', 'ok', 'unit', 'value', 'workload']);
    expect(result.value).toEqual(expect.any(Number));
    expect(stdout).toMatch(new RegExp(`^${result.workload} .*${result.metric} .*${result.value} `, 'm'));
  }
  expect(code).toBe(results.every(({ ok }) => ok) ? 0 : 1);
}
