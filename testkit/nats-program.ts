import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const version = '2.15.2';
/** Where Go puts it, outside of everything that is kept in the repository. */
const builtFolder = join(import.meta.dirname, `../node_modules/.cache/nats-server-${version}`);
const built = join(builtFolder, process.platform === 'win32' ? 'nats-server.exe' : 'nats-server');
const buildMs = 600_000;
/** JetStream's leases for keys came with 2.11. */
const versionMin = [2, 11] as const;

/** The NATS server's program: `PARLOUR_NATS_BIN` if set (and then nothing else), else one on the path that is new enough, else the one that was built. */
export function natsProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env.PARLOUR_NATS_BIN;
  if (named) return serves(named) ? named : undefined;
  return ['nats-server', built].find(serves);
}

/** Builds it with Go, where there is one. @throws where it cannot be built */
export async function buildNats(): Promise<string> {
  if (existsSync(built)) return built;
  mkdirSync(builtFolder, { recursive: true });
  const env = { ...process.env, GOBIN: builtFolder, GOFLAGS: '' };
  try {
    await promisify(execFile)('go', ['install', `github.com/nats-io/nats-server/v2@v${version}`], { env, timeout: buildMs });
  } catch (error) {
    throw new Error('there is no NATS here, and Go cannot build it; name its program in PARLOUR_NATS_BIN', { cause: error });
  }
  return built;
}

function serves(program: string): boolean {
  try {
    const said = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [major = 0, minor = 0] = (/v(\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
    return major > versionMin[0] || (major === versionMin[0] && minor >= versionMin[1]);
  } catch {
    return false;
  }
}
