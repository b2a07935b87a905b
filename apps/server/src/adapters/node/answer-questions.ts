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

/** On Linux this is the priority of the calling thread alone; elsewhere of the whole process, so there it stays as it is. */
function stepBack(): void {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);
}
