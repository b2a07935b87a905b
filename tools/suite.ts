import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, oneFailed, runStep, sum } from './steps.ts';

export type Suite = 'rules' | 'unit' | 'process' | 'browser' | 'firefox';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Runs one suite in the open, and counts it from Vitest's own report. */
export async function runSuite(suite: Suite): Promise<Counts> {
  console.log(`\n== ${suite} tests`);
  const folder = await mkdtemp(join(tmpdir(), 'parlour-tests-'));
  try {
    const file = join(folder, 'report.json');
    const code = await runStep('vitest', ['run', '--project', suite, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
    const report = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as VitestReport,
      () => undefined,
    );
    return report === undefined ? oneFailed : countReport(report, code);
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
  };
  return code !== 0 && counts.failed === 0 ? sum(counts, oneFailed) : counts;
}
