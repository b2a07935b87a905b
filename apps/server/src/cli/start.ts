import { resolve } from 'node:path';
import type { Command } from 'commander';
import { postgresPlace } from '../adapters/postgres/postgres-place.ts';
import { type DataFolder, openDataFolder } from '../adapters/sqlite/data-folder.ts';
import type { RunningServer } from '../compose.ts';
import { type Config, configProblemExitCode, presentConfigProblem } from '../config.ts';
import { findCertificateProblems } from './certificate.ts';
import { CommandFailed } from './command-failed.ts';
import { drainAt, nextSignal } from './going-down.ts';
import { isLoopback } from './loopback.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

export function addStartCommand(program: Command): void {
  addFolderOptions(program.command('start'))
    .description('start the server')
    .option('--port <port>', 'the port to listen on (PARLOUR_PORT)')
    .option('--host <address>', 'the address to listen on (PARLOUR_HOST)')
    .addHelpText(
      'after',
      `
It listens on this machine only, unless told otherwise. SIGTERM and Ctrl-C end it in order, a second one at once.

Examples:
  parlour start
  parlour start --port 8080 --data /srv/parlour
  PARLOUR_HOST=0.0.0.0 PARLOUR_TLS_CERT=cert.pem PARLOUR_TLS_KEY=key.pem parlour start`,
    )
    .action(start);
}

async function start(options: SettingOptions): Promise<void> {
  const config = loadSettings(options);
  requireCertificate(config);
  let isDone: boolean;
  {
    using folder = openDataFolder(config.data);
    // Before anything tells that the server is there: whoever hears of it may end it.
    const signal = nextSignal();
    const server = await compose(config, folder);
    announce(server, config);
    isDone = await drainAt(signal, server);
  }
  // What may still be open by now is nothing that anybody waits for.
  process.exit(isDone ? 0 : 1);
}

/** The server is heavy to load; other commands do without it. */
async function compose(config: Config, folder: DataFolder): Promise<RunningServer> {
  const composeServer =
    config.store === 'postgres'
      ? (await import('../compose-postgres.ts')).composePostgres
      : (await import('../compose-embedded.ts')).composeEmbedded;
  try {
    return await composeServer(config, folder);
  } catch (error) {
    throw presentListenProblem(config, error) ?? error;
  }
}

function presentListenProblem({ host, port }: Config, error: unknown): CommandFailed | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return new CommandFailed(
      `cannot listen on ${host}, port ${port}: another program has the port; end it, or choose another with PARLOUR_PORT`,
    );
  }
  if (code === 'EACCES') {
    return new CommandFailed(`cannot listen on ${host}, port ${port}: this user may not; choose a port from 1024 up with PARLOUR_PORT`);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new CommandFailed(`cannot listen on ${host}: this machine does not have this address; choose another with PARLOUR_HOST`);
  }
  return null;
}

function requireCertificate(config: Config): void {
  const problems = findCertificateProblems(config);
  if (problems.length > 0) throw new CommandFailed(presentConfigProblem({ problems }), configProblemExitCode);
}

/** The first line is what other programs look for. */
function announce({ url, hasPeople }: RunningServer, config: Config): void {
  const { host, publicUrl, registration, tlsCert } = config;
  const lines = [`Parlour is listening on ${url}`, whereKept(config)];
  if (!hasPeople && registration === 'closed') {
    lines.push('Nobody is here yet, and registration is closed: end it, make the first person with parlour user create, and start again.');
  } else if (!hasPeople) {
    lines.push(`Nobody is here yet: open ${publicUrl ?? url} in a browser and register.`);
  } else {
    lines.push(`Open ${publicUrl ?? url} in a browser.`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!isLoopback(host) && tlsCert === undefined && !publicUrl?.startsWith('https:')) {
    process.stderr.write(
      `warning: ${host} can be reached from other machines, and without TLS everyone on the way can read passwords and messages; ` +
        'set PARLOUR_TLS_CERT and PARLOUR_TLS_KEY, or put a proxy with HTTPS in front and name it in PARLOUR_PUBLIC_URL\n',
    );
  }
}

function whereKept({ data, store, postgresUrl }: Config): string {
  if (store === 'sqlite' || postgresUrl === undefined) return `Everything it keeps is in ${resolve(data)}`;
  return `People and conversations are kept by ${postgresPlace(postgresUrl)}, secrets in ${resolve(data)}`;
}
