import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before the program (`node --import`): the process kills itself at a place inside its own calls of the database that nobody could meet
 * from outside. The program knows nothing of it. What is wanted stands in a file, `place count`, read at the start where it is there, and
 * whenever SIGUSR2 comes; at the so-manieth time from then on the process is gone.
 * - before commit: all that a transaction does is done, but for its commit
 * - after commit: it is durable, and nobody was told
 * - schema: at a statement of a migration; its commit counts before and after
 * - opened: the database is open, and its write-ahead log was read again
 */
const orderFile = process.env.CRASH_ORDER;
if (isMainThread && orderFile) obey(orderFile);

function obey(file: string): void {
  let [place, left] = ['', 0];
  const readOrder = () => {
    const [, wanted = '', count = ''] = /^(.+) (\d+)$/.exec(readFileSync(file, 'utf8')) ?? [];
    [place, left] = [wanted, Number(count)];
  };
  const pass = (passed: string) => {
    if (passed !== place || --left > 0) return;
    process.kill(process.pid, 'SIGKILL');
    // Nothing more is done until the signal is there.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  if (existsSync(file)) readOrder();
  process.on('SIGUSR2', readOrder);
  watchCommits(pass);
  watchSchema(pass);
}

function watchCommits(pass: (place: string) => void): void {
  const { run } = StatementSync.prototype;
  let isWriting = false;
  StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
    if (this.sourceSQL === 'begin immediate') isWriting = true;
    const isCommit = isWriting && this.sourceSQL === 'commit';
    if (isCommit) pass('before commit');
    const result = run.apply(this, values);
    if (!isCommit) return result;
    isWriting = false;
    pass('after commit');
    return result;
  } as typeof run;
}

function watchSchema(pass: (place: string) => void): void {
  const { exec } = DatabaseSync.prototype;
  let isMigrating = false;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    if (sql === 'begin immediate') isMigrating = true;
    const isStep = isMigrating && (sql.startsWith('create') || sql === 'commit');
    if (isStep) pass('schema');
    exec.call(this, sql);
    if (sql === 'pragma journal_mode = wal') pass('opened');
    if (!isMigrating || sql !== 'commit') return;
    isMigrating = false;
    pass('schema');
  };
}
