import { existsSync } from 'node:fs';
import { chromiumPath } from '../tests/chromium.ts';
import { check } from './check.ts';
import { type Counts, oneFailed, presentCounts, runStep, sum } from './steps.ts';
import { runSuite } from './suite.ts';

/** Finds a Chromium, or installs Debian's where this user may. */
async function findChromium(): Promise<string | undefined> {
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && !process.env.PARLOUR_CHROMIUM;
  if (chromiumPath() === undefined && mayInstall) {
    console.log('\n== no Chromium here: installing it');
    await runStep('apt-get', ['update', '-qq']);
    await runStep('apt-get', ['install', '-y', '-qq', 'chromium']);
  }
  return chromiumPath();
}

let counts: Counts = sum(await check(), await runSuite('unit'), await runSuite('process'));

if ((await findChromium()) !== undefined) {
  counts = sum(counts, await runSuite('browser'));
} else {
  console.log('\nleft out: the browser tests, because no Chromium was found (install one, or name it in PARLOUR_CHROMIUM)');
  // Where everything is meant to run, a missing engine must not look like a passing suite.
  if (process.env.CI === 'true') counts = sum(counts, oneFailed);
}

console.log(`\n${presentCounts(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
