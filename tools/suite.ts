import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { endLeftBehind, suiteMark } from './left-behind.ts';
import { root } from './root.ts';
import { type Counts, nothing, oneFailed, runStep, type StepOptions, sum } from './steps.ts';

/** For what was told to end in the last moment, on a slow machine too. */
const endingMs = 15_000;

export type Suite = 'rules' | 'unit' | 'process' | 'browser' | 'firefox' | 'postgres' | 'nats' | 'cluster' | 'webkit';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    /** Why the file itself failed. */
    readonly message: string;
    readonly assertionResults: ReadonlyArray<{
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }>;
  }>;
}

const failureLinesMax = 12;

/** `files`: those alone whose names begin with one of these; else all of the suite. */
type RunOptions = Pick<StepOptions, 'isHeld'> & { readonly files?: readonly string[] };

/** Runs one suite in the open, and counts it from Vitest's own report. What it started and left running counts as a failure, and is ended. */
export async function runSuite(suite: Suite, { isHeld = false, files = [] }: RunOptions = {}): Promise<Counts> {
  console.log(`\n== ${suite} tests${isHeld ? ', beside the others: what they say comes when they are through' : ''}`);
  const mark = randomUUID();
  const folder = await mkdtemp(join(tmpdir(), 'parlour-tests-'));
  try {
    const file = join(folder, 'report.json');
    const args = ['run', '--project', suite, ...files, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await runStep('vitest', args, { env: { [suiteMark]: mark }, isHeld });
    const report = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as VitestReport,
      () => undefined,
    );
    const left = await endLeftBehind(mark, endingMs);
    for (const { pid, command } of left) console.log(`left running by the ${suite} tests, and ended: ${pid} ${command}`);
    const counts =
      report === undefined
        ? { ...oneFailed, failures: [`${suite}: it ended with ${code}, and left no report`] }
        : countReport(report, code);
    return left.length > 0
      ? sum(counts, oneFailed, { ...nothing, failures: left.map(({ command }) => `${suite}: left running: ${command}`) })
      : counts;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A file that does not load, or an error outside every test, fails the run without failing a test: it counts as one. */
export function countReport(report: VitestReport, code: number): Counts {
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.flatMap(({ name, status, message, assertionResults }) => {
      const file = relative(root, name);
      const failed = assertionResults.filter((result) => result.status === 'failed');
      if (failed.length === 0 && status === 'failed') return [presentFailure(file, message)];
      return failed.map(({ fullName, failureMessages }) => presentFailure(`${file} > ${fullName}`, failureMessages.join('\n')));
    }),
  };
  return code !== 0 && counts.failed === 0 ? sum(counts, { ...oneFailed, failures: ['an error outside every test: see above'] }) : counts;
}

function presentFailure(where: string, message: string): string {
  const lines = message.split('\n').slice(0, failureLinesMax);
  return [where, ...lines].join('\n    ');
}
