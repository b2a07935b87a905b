import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openDataFolder } from '../adapters/sqlite/data-folder.ts';
import type { RunningServer } from '../compose.ts';
import { type Config, configProblemExitCode, isConfigProblem, loadConfig, presentConfigProblem } from '../config.ts';
import { CommandFailed } from './command-failed.ts';
import { visitor } from './demo-cast.ts';
import { type DemoPeople, writeDemo } from './demo-history.ts';
import { DemoTalk } from './demo-talk.ts';
import { drainAt, nextSignal } from './going-down.ts';

/** For everyone in it: nobody but this machine reaches it, and with it all is gone. */
const password = 'lemon ferry, deck four';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('try it: a server of its own, full of people who talk; erased at the end')
    .option('--port <port>', 'the port to listen on; any that is free where it is left out')
    .addHelpText('after', '\nIt keeps nothing and touches no other data. Ctrl-C ends it.\n\nExample:\n  parlour demo')
    .action(demo);
}

async function demo({ port = '0' }: { readonly port?: string }): Promise<void> {
  // Before anything is written: what was begun is erased, whenever it is ended.
  const signal = nextSignal();
  const data = mkdtempSync(join(tmpdir(), 'parlour-demo-'));
  let drained: boolean;
  try {
    const config = demoConfig(data, port);
    const people = await writeDemo(config, password);
    drained = await serve(config, people, signal);
  } finally {
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exit(drained ? 0 : 1);
}

async function serve(config: Config, people: DemoPeople, signal: Promise<string>): Promise<boolean> {
  using folder = openDataFolder(config.data);
  const { composeEmbedded } = await import('../compose-embedded.ts');
  const server: RunningServer = await composeEmbedded(config, folder);
  await using _talk = await DemoTalk.start(server.url, people, password);
  process.stdout.write(
    `Parlour is listening on ${server.url}\nLog in as ${visitor.handle}, with the password: ${password}\nCtrl-C ends it, and erases everything.\n`,
  );
  // Waited for here: what is used goes when this ends.
  return await drainAt(signal, server);
}

/** Of no environment: a demonstration is the same everywhere. */
function demoConfig(data: string, port: string): Config {
  const loaded = loadConfig({}, { data, port, host: '127.0.0.1' }, (path) => readFileSync(path, 'utf8'));
  if (isConfigProblem(loaded)) throw new CommandFailed(presentConfigProblem(loaded), configProblemExitCode);
  return { ...loaded, logLevel: 'warn' };
}
