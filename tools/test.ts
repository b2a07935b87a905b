import { existsSync } from 'node:fs';
import { buildNats, natsProgram } from '../testkit/nats-program.ts';
import { postgresBinaries } from '../testkit/postgres-binaries.ts';
import { chromiumPath } from '../tests/chromium.ts';
import { firefoxPath } from '../tests/firefox.ts';
import { webkitPath } from '../tests/webkit-path.ts';
import { buildWeb } from './build-web.ts';
import { check } from './check.ts';
import { type Counts, nothing, oneFailed, presentCounts, runStep, sum } from './steps.ts';
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

type Wanted = { readonly suite: Suite; readonly engines: readonly Engine[]; readonly files?: readonly string[] };
type Ready = Wanted & { readonly missing: Engine | null };

/** Installs and builds all that is needed before anything runs that it could disturb. */
async function ready(wanted: readonly Wanted[]): Promise<readonly Ready[]> {
  const known = new Map<Engine, boolean>();
  for (const engine of wanted.flatMap(({ engines }) => engines)) known.set(engine, known.get(engine) ?? (await provide(engine)));
  return wanted.map((each) => ({ ...each, missing: each.engines.find((engine) => !known.get(engine)) ?? null }));
}

/** One after the other. */
async function runLane(lane: readonly Ready[], isHeld: boolean): Promise<Counts> {
  let counts = nothing;
  for (const { suite, missing, files = [] } of lane)
    counts = sum(counts, missing ? leaveOut(suite, missing) : await runSuite(suite, { isHeld, files }));
  return counts;
}

function leaveOut(suite: Suite, { name, variable }: Engine): Counts {
  console.log(`\nleft out: the ${suite} tests, because no ${name} was found (install one, or name it in ${variable})`);
  // Where everything is meant to run, a missing engine must not look like a passing suite.
  return { passed: 0, failed: process.env.CI === 'true' ? oneFailed.failed : 0, skipped: 0 };
}

const alone = sum(await check(), await runSuite('unit'));
await buildWeb({ onlyIfStale: true });
const pages = await ready([
  { suite: 'browser', engines: [chromium] },
  { suite: 'firefox', engines: [firefox] },
  { suite: 'webkit', engines: [webkit] },
]);
const servers = await ready([
  { suite: 'process', engines: [] },
  { suite: 'postgres', engines: [postgres] },
  { suite: 'nats', engines: [postgres, nats] },
  // What two people do together; `npm run test:cluster` runs all of it.
  {
    suite: 'cluster',
    engines: [chromium, postgres, nats],
    files: ['tests/talk.', 'tests/agreement.', 'tests/bot.', 'tests/event-stream.'],
  },
]);
// Either leaves the machine idle half of the time.
const counts = sum(alone, ...(await Promise.all([runLane(pages, false), runLane(servers, true)])));
console.log(`\n${presentCounts(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
