import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from './root.ts';

const web = join(root, 'apps/web');
const page = join(web, 'dist/index.html');
const stamp = join(root, '.cache/web-sources');

/** Everything that decides what the page becomes: one digest over its sources and theirs, and the exact dependencies. */
async function sourcesDigest(): Promise<string> {
  const patterns = [
    'apps/web/*.*',
    'apps/web/{src,public}/**/*.*',
    'packages/{core,protocol,sdk,sdk-react}/src/**/*.*',
    'package-lock.json',
  ];
  const paths = globSync(patterns, { cwd: root, exclude: (path) => /\.test\.tsx?$/.test(path) });
  const hash = createHash('sha256');
  for (const path of paths.sort())
    hash
      .update(path)
      .update('\0')
      .update(await readFile(join(root, path)));
  return hash.digest('hex');
}

/** Builds apps/web into apps/web/dist unless what lies there was made from exactly these sources. */
export async function buildWeb({ onlyIfStale }: { onlyIfStale: boolean }): Promise<'built' | 'fresh'> {
  const digest = await sourcesDigest();
  if (onlyIfStale && existsSync(page) && (await readFile(stamp, 'utf8').catch(() => '')) === digest) return 'fresh';
  const { build } = await import('vite');
  const { NODE_ENV } = process.env;
  // Vite takes what libraries have for developers for any other value, and Vitest sets one.
  process.env.NODE_ENV = 'production';
  await build({ root: web, configFile: join(web, 'vite.config.ts'), logLevel: 'warn' });
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, digest);
  return 'built';
}

/** Vitest calls this once before the suites that open the page. */
export async function setup(): Promise<void> {
  await buildWeb({ onlyIfStale: true });
}

if (import.meta.main) {
  const onlyIfStale = process.argv.includes('--if-stale');
  if ((await buildWeb({ onlyIfStale })) === 'built') console.log('built the web page');
}
