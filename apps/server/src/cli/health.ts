import { get, type IncomingMessage } from 'node:http';
import { get as getEncrypted } from 'node:https';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { CommandFailed } from './command-failed.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

const patienceMs = 4_000;

type HealthOptions = SettingOptions & { readonly ready?: true };

export function addHealthCommand(program: Command): void {
  addFolderOptions(program.command('health'))
    .description('ask the server that runs here with these settings how it is')
    .option('--ready', 'whether it may be sent people: whether its store answers, too')
    .addHelpText(
      'after',
      `
For what watches over the server: it ends with exit code 0 where the server is well, and with 1 where it is not, or is not there.

Examples:
  parlour health
  parlour health --ready`,
    )
    .action(health);
}

async function health(options: HealthOptions): Promise<void> {
  const config = loadSettings(options);
  const url = `${originHere(config)}${options.ready ? '/readyz' : '/healthz'}`;
  const { status, text } = await answerOf(url).catch((error: Error) => {
    throw new CommandFailed(`no answer from ${url}: ${error.message}; is the server started, with the same settings?`);
  });
  if (status !== 200)
    throw new CommandFailed(`the server is not ${options.ready ? 'ready' : 'well'}: ${reasonOf(text) ?? `it answers ${status}`}`);
  process.stdout.write(options.ready ? 'ready\n' : 'well\n');
}

/** Where a server that listens for everyone is reached from this machine. */
function originHere({ host, port, tlsCert }: Config): string {
  const here = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${tlsCert === undefined ? 'http' : 'https'}://${here.includes(':') ? `[${here}]` : here}:${port}`;
}

/** The certificate is for the name that people use, not for this address; nothing secret is said, so it need not be proven. */
function answerOf(url: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const options = { signal: AbortSignal.timeout(patienceMs), agent: false } as const;
    const read = async (response: IncomingMessage): Promise<void> => {
      try {
        resolve({ status: response.statusCode, text: Buffer.concat(await response.toArray()).toString() });
      } catch (error) {
        reject(error);
      }
    };
    const request = url.startsWith('https:') ? getEncrypted(url, { ...options, rejectUnauthorized: false }, read) : get(url, options, read);
    request.once('error', (error) =>
      reject(error.name === 'AbortError' ? new Error(`nothing was said within ${patienceMs / 1_000} s`) : error),
    );
  });
}

/** The sentence of a problem, where it is one. */
function reasonOf(text: string): string | null {
  try {
    return JSON.parse(text).title ?? null;
  } catch {
    return null;
  }
}
