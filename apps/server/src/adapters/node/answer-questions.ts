import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { Numbered } from './background-thread.ts';

/** The other end of a `BackgroundThread`, called once by the module it runs. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Answer): void {
  stepBack();
  parentPort?.on('message', ({ number, content }: Numbered<Question>) => {
    parentPort?.postMessage({ number, content: answer(content) } satisfies Numbered<Answer>);
  });
}

/**
 * A tenth of what the serving thread gets where both want the processor. The lowest priority gets a seventieth: on a machine with anything else
 * to do nobody could log in any more. On Linux this is of the calling thread alone; elsewhere of the whole process, so there it stays as it is.
 */
function stepBack(): void {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
}
