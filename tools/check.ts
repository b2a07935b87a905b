import { type Counts, nothing, oneFailed, onePassed, presentCounts, runStep, sum } from './steps.ts';
import { runSuite } from './suite.ts';

const checks: ReadonlyArray<{ name: string; command: string; args: readonly string[] }> = [
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'types of core, which sees neither Node nor the DOM', command: 'tsc', args: ['-p', 'packages/core'] },
  { name: 'types of the service worker, which sees no page', command: 'tsc', args: ['-p', 'apps/web/src/service-worker'] },
  {
    name: 'format and lint',
    command: 'biome',
    args: ['ci', '--error-on-warnings', process.stdout.isTTY ? '--colors=force' : '--colors=off', '.'],
  },
  { name: 'allowed imports', command: 'node', args: ['tools/imports.ts'] },
  { name: 'the page is built', command: 'node', args: ['tools/build-web.ts', '--if-stale'] },
  { name: 'size of the page', command: 'size-limit', args: [] },
  { name: 'unused files, exports and dependencies', command: 'knip', args: ['--no-progress'] },
];

/** Everything that can be said about the project without running it, and then its own rules. All of it runs, whatever fails. */
export async function check(): Promise<Counts> {
  let counts = nothing;
  for (const { name, command, args } of checks) {
    console.log(`\n== ${name}`);
    counts = sum(counts, (await runStep(command, args)) === 0 ? onePassed : { ...oneFailed, failures: [name] });
  }
  return sum(counts, await runSuite('rules'));
}

if (import.meta.main) {
  const counts = await check();
  console.log(presentCounts(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
