import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

export type CheckpointTask = { readonly file: string; readonly lookEveryMs: number };
/** `finish` while nobody writes; `stop` is the last. */
export type CheckpointOrder = 'finish' | 'stop';
/**
 * - nearly done: the log is copied but for a small rest, and new writes keep adding to it
 * - finished: nothing is left, so that the next write begins the log anew; not complete where somebody still reads what is old
 * - failed: as with a full disk; it is tried again after a while
 */
export type CheckpointNews =
  | { readonly news: 'nearly done' }
  | { readonly news: 'finished'; readonly isComplete: boolean }
  | { readonly news: 'failed'; readonly fault: unknown };

/** Pages of 4 KiB not copied yet; fewer are not worth two syncs. */
const copiedFrom = 1_024;
/** So little is copied while writers wait, in some milliseconds: two syncs at once would take the disk from one another. */
const restMax = 2_048;
/** Each time the rest is what was written meanwhile. */
const timesInARowMax = 4;
const restAfterFaultMs = 5_000;

type Progress = { readonly log: number; readonly checkpointed: number };

const { file, lookEveryMs } = workerData as CheckpointTask;
const connection = new DatabaseSync(file, { timeout: 0 });
connection.exec('pragma synchronous = full');
const look = connection.prepare('pragma wal_checkpoint(noop)');
const copy = connection.prepare('pragma wal_checkpoint(passive)');

/** @returns whether writers may wait for the rest; it is small unless they outrun this thread, and then they had better wait */
function copyNearlyAll(): boolean {
  let { log, checkpointed } = look.get() as Progress;
  if (log - checkpointed < copiedFrom) return false;
  for (let times = 0; times < timesInARowMax && log - checkpointed > restMax; times++) {
    const progress = copy.get() as Progress;
    // Somebody reads an older state, which must not be written over: nobody need wait for what cannot be done.
    if (progress.checkpointed < log) return false;
    ({ log, checkpointed } = progress);
  }
  return true;
}

function finish(): CheckpointNews {
  const { log, checkpointed } = copy.get() as Progress;
  return { news: 'finished', isComplete: log === checkpointed };
}

/** @returns whether it went well */
function tell(work: () => CheckpointNews | null): boolean {
  try {
    const news = work();
    if (news) parentPort?.postMessage(news);
    return true;
  } catch (fault) {
    parentPort?.postMessage({ news: 'failed', fault } satisfies CheckpointNews);
    return false;
  }
}

let timer = setTimeout(lookAndCopy, lookEveryMs);
function lookAndCopy(): void {
  const went = tell(() => (copyNearlyAll() ? { news: 'nearly done' } : null));
  timer = setTimeout(lookAndCopy, went ? lookEveryMs : restAfterFaultMs);
}

parentPort?.on('message', (order: CheckpointOrder) => {
  if (order === 'finish') return void tell(finish);
  clearTimeout(timer);
  connection.close();
  parentPort?.close();
});
