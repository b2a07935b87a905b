import { existsSync } from 'node:fs';
import { buildNats, natsProgram } from '../testkit/nats-program.ts';
import { postgresBinaries } from '../testkit/postgres-binaries.ts';
import { chromiumPath } from '../tests/chromium.ts';
import { firefoxPath } from '../tests/firefox.ts';
import { webkitPath } from '../tests/webkit-path.ts';
import { check } from './check.ts';
import { type Counts, oneFailed, presentCounts, runStep, sum } from './steps.ts';
import { runSuite, type Suite } from './suite.ts';

type Engine = {
  readonly name: string;
  /** Debian's packages, where it has the engine; else how it is built. */
  readonly debian?: readonly string[];
  readonly build?: () => Promise<unknown>;
  /** Names another. */
  readonly variable: string;
  readonly find: () => string | undefined;
};

const chromium: Engine = { name: 'Chromium', debian: ['chromium'], variable: 'PARLOUR_CHROMIUM', find: chromiumPath };
const firefox: Engine = { name: 'Firefox', debian: ['firefox-esr'], variable: 'PARLOUR_FIREFOX', find: firefoxPath };
const webkit: Engine = { name: 'WebKit', debian: ['webkit2gtk-driver', 'xvfb'], variable: 'PARLOUR_WEBKIT', find: webkitPath };
const postgres: Engine = { name: 'PostgreSQL', debian: ['postgresql'], variable: 'PARLOUR_POSTGRES_BIN', find: postgresBinaries };
const nats: Engine = { name: 'NATS', variable: 'PARLOUR_NATS_BIN', find: natsProgram, build: buildNats };

/** Finds the engine, or installs Debian's where this user may. @returns whether it is there */
async function provide({ name, debian, build, variable, find }: Engine): Promise<boolean> {
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && !process.env[variable];
  if (find() === undefined && build && !process.env[variable]) {
    console.log(`\n== no ${name} here: building it`);
    await build().catch((error: Error) => console.log(error.message));
  }
  if (find() === undefined && debian && mayInstall) {
    console.log(`\n== no ${name} here: installing it`);
    await runStep('apt-get', ['update', '-qq']);
    await runStep('apt-get', ['install', '-y', '-qq', ...debian]);
  }
  return find() !== undefined;
}

async function runSuiteWith(engines: readonly Engine[], suite: Suite): Promise<Counts> {
  const missing = [];
  for (const engine of engines) if (!(await provide(engine))) missing.push(engine);
  const [first] = missing;
  if (!first) return runSuite(suite);
  const { name, variable } = first;
  console.log(`\nleft out: the ${suite} tests, because no ${name} was found (install one, or name it in ${variable})`);
  // Where everything is meant to run, a missing engine must not look like a passing suite.
  return { passed: 0, failed: process.env.CI === 'true' ? oneFailed.failed : 0, skipped: 0 };
}

const counts = sum(
  await check(),
  await runSuite('unit'),
  await runSuite('process'),
  await runSuiteWith([postgres], 'postgres'),
  await runSuiteWith([chromium], 'browser'),
  // With a browser, where there is one by now.
  await runSuiteWith([postgres, nats], 'nats'),
  await runSuiteWith([firefox], 'firefox'),
  await runSuiteWith([webkit], 'webkit'),
);
console.log(`\n${presentCounts(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
