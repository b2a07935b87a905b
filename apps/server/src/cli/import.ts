import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { PersonId } from '@parlour/core/ids';
import type { Command } from 'commander';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import { CommandFailed } from './command-failed.ts';
import { addClaimCommand, addRemoveCommand } from './import-people.ts';
import { type ImportReport, presentReport, writtenLines } from './import-report.ts';
import { JsonlImport } from './jsonl-import.ts';
import { linesOfBytes, type NumberedLine } from './lines-of-bytes.ts';
import { openBytes, untilBroken } from './opened-bytes.ts';
import { personByHandle } from './person-by-handle.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';
import { openStoreForWriting } from './store-for-writing.ts';

const linesPerCommit = 256;
const lineSizeBytesMax = 1_048_576;
const linesPerProgress = 8_192;
/** What a shell expects of a program that Ctrl-C has ended. */
const interruptedExitCode = 130;

type ImportOptions = SettingOptions & {
  readonly member: readonly string[];
  readonly source?: string;
  readonly asChannelPrefix?: true;
  readonly json?: true;
};

export function addImportCommand(program: Command): void {
  const command = program.command('import').description('bring in chat history from elsewhere, and care for its authors');
  addFolderOptions(command.command('jsonl'))
    .description('read chat history, one JSON object a line; with SQLite the server must be stopped')
    .argument('<file>', 'the file; unpacked on the way where it ends in .gz; - reads standard input')
    .option('--member <handle>', 'someone who is to read what is imported; may be given several times', collect, [])
    .option('--source <name>', 'the name of the source; without it, that of the file')
    .option('--as-channel-prefix', "put the source's name before each channel's name in the titles")
    .option('--json', 'the report as JSON')
    .addHelpText('after', importHelp)
    .action(runImport);
  addClaimCommand(command);
  addRemoveCommand(command);
}

const importHelp = `
Each line has the fields channel, line (0-based, rising within its channel), time (ISO 8601), kind (message, action or system), text,
author (except on system lines), and where it is so: day (days past the date in time), replyTo (line numbers of the same channel).
Each channel becomes a group conversation, each author a placeholder account. What is imported already is recognised, so a run that was
ended, however it was ended, is simply run again.

Examples:
  parlour import jsonl history.jsonl.gz --member ada
  zcat logs/*.gz | parlour import jsonl - --source logs --member ada --member grace
  parlour import jsonl history.jsonl --json > report.json`;

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function runImport(file: string, options: ImportOptions): Promise<void> {
  const config = loadSettings(options);
  const source = options.source ?? sourceNameOf(file);
  const bytes = openBytes(file);
  await using opened = await openStoreForWriting(config);
  const members: PersonId[] = [];
  for (const handle of options.member) members.push((await personByHandle(opened.directory, handle)).id);
  const run = new JsonlImport({
    store: opened.store,
    directory: opened.directory,
    context: { digest16, salt: mintSalt, now: nodeEnvironment.now },
    source,
    titleOf: (channel) => (options.asChannelPrefix ? `${source}: ${channel}` : channel),
    members,
  });
  const startedMs = nodeEnvironment.monotonic();
  const end = await importAll(run, bytes);
  const seconds = (nodeEnvironment.monotonic() - startedMs) / 1_000;
  if (options.json) process.stdout.write(`${JSON.stringify({ ...run.report, seconds, complete: end === 'complete' })}\n`);
  else process.stdout.write(`${presentReport(run.report, seconds)}\n`);
  if (end === 'interrupted') throw new CommandFailed('interrupted; run it again to go on from here', interruptedExitCode);
  if (end !== 'complete') throw new CommandFailed(`cannot read on in ${file}: ${end.broken}; what came before is imported`);
}

/** Ctrl-C ends it between two commits; anything harder loses nothing either. */
async function importAll(run: JsonlImport, bytes: Readable): Promise<'complete' | 'interrupted' | { readonly broken: string }> {
  const progress = new Progress();
  let isInterrupted = false;
  // A pipe may be silent for long, so the signal ends the reading itself.
  const interrupt = () => {
    isInterrupted = true;
    bytes.destroy();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let broken: string | null = null;
  try {
    for await (const chunk of chunksOf(
      linesOfBytes(
        untilBroken(bytes, (reason) => (broken = reason)),
        lineSizeBytesMax,
      ),
    )) {
      if (isInterrupted) break;
      await run.importChunk(chunk);
      progress.show(run.report);
    }
    if (isInterrupted) return 'interrupted';
    return broken === null ? 'complete' : { broken };
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    progress.end();
  }
}

async function* chunksOf(lines: AsyncIterable<NumberedLine>): AsyncGenerator<readonly NumberedLine[]> {
  let chunk: NumberedLine[] = [];
  for await (const line of lines) {
    chunk.push(line);
    if (chunk.length < linesPerCommit) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** One line on standard error that is written over on a terminal; elsewhere a line each time. */
class Progress {
  #nextRead = 0;

  show(report: ImportReport): void {
    if (report.read < this.#nextRead) return;
    this.#nextRead = report.read + linesPerProgress;
    const line = `read ${report.read} lines: ${writtenLines(report)} written, ${report.alreadyThere} already there`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY && this.#nextRead > 0) process.stderr.write('\n');
  }
}

/** The same whether packed or not, and wherever it lies. */
function sourceNameOf(file: string): string {
  return file === '-'
    ? 'stdin'
    : basename(file)
        .replace(/\.gz$/, '')
        .replace(/\.jsonl?$/, '');
}
