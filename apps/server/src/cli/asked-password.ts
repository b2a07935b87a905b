import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandFailed } from './command-failed.ts';

/** From a pipe with `--password-stdin`, else asked for without showing it. Never from the command line, where everyone on the machine can see it. */
export async function askPassword(options: { readonly passwordStdin?: true }): Promise<string> {
  if (options.passwordStdin) return firstLine(createInterface({ input: process.stdin }));
  if (!process.stdin.isTTY) throw new CommandFailed('cannot ask for a password: this is no terminal; give it with --password-stdin');
  process.stderr.write('Password: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const password = await firstLine(createInterface({ input: process.stdin, output: silent, terminal: true }));
  process.stderr.write('\n');
  return password;
}

async function firstLine(lines: ReturnType<typeof createInterface>): Promise<string> {
  try {
    for await (const line of lines) if (line !== '') return line;
    throw new CommandFailed('cannot read a password: there was none');
  } finally {
    lines.close();
  }
}
