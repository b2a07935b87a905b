import { expect, test } from 'vitest';
import { ManualEnvironment } from '../manual-environment.ts';
import { answerKeptMs, Readiness, storeAnswersWithinMs } from './readiness.ts';

type Answer = { readonly resolve: (has: boolean) => void; readonly reject: (error: Error) => void };

/** A directory that answers when the test says so. */
function slowDirectory() {
  const answers: Answer[] = [];
  const hasPeople = () => new Promise<boolean>((resolve, reject) => answers.push({ resolve, reject }));
  return { answers, hasPeople };
}

test('a server is ready while its store answers, whether or not anybody lives there', async () => {
  const environment = new ManualEnvironment(1);
  for (const has of [true, false]) {
    const directory = slowDirectory();
    const asked = new Readiness({ directory, environment }).isReady();
    directory.answers[0]?.resolve(has);
    expect(await asked).toBe(true);
  }
});

test('a server whose store fails or says nothing is not ready, and is again once it answers', async () => {
  const environment = new ManualEnvironment(2);
  const directory = slowDirectory();
  const readiness = new Readiness({ directory, environment });
  const failed = readiness.isReady();
  directory.answers[0]?.reject(new Error('the connection is lost'));
  expect(await failed).toBe(false);

  await environment.advance(answerKeptMs);
  const hung = readiness.isReady();
  await environment.advance(storeAnswersWithinMs);
  expect(await hung).toBe(false);

  await environment.advance(answerKeptMs);
  const back = readiness.isReady();
  directory.answers[2]?.resolve(true);
  expect(await back).toBe(true);
});

test('however many ask whether a server is ready, its store is asked once in half a second', async () => {
  const environment = new ManualEnvironment(3);
  const directory = slowDirectory();
  const readiness = new Readiness({ directory, environment });
  const asked = Array.from({ length: 100 }, () => readiness.isReady());
  expect(directory.answers.length).toBe(1);
  directory.answers[0]?.resolve(true);
  expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
  await environment.advance(answerKeptMs - 1);
  expect(await readiness.isReady()).toBe(true);
  expect(directory.answers.length).toBe(1);
  await environment.advance(1);
  void readiness.isReady();
  expect(directory.answers.length).toBe(2);
});
