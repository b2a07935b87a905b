import { isRefusal } from '@parlour/core/errors';
import { expect, test } from 'vitest';
import { ZxcvbnPasswordJudge } from './password-judge.ts';

test('easy passwords are weak, with the reason; what the person is called counts as easy; long nonsense is strong', async () => {
  await using judge = new ZxcvbnPasswordJudge();
  expect(await judge.judge('password', [])).toEqual({ verdict: 'weak', reason: 'This is a heavily used password.' });
  expect(await judge.judge('qwertyuiop', [])).toMatchObject({ verdict: 'weak' });
  expect(await judge.judge('correct horse battery staple', [])).toEqual({ verdict: 'strong' });
  expect(await judge.judge('xanthippezwackel', [])).toEqual({ verdict: 'strong' });
  expect(await judge.judge('xanthippezwackel', ['XanthippeZwackel'])).toMatchObject({ verdict: 'weak' });
  expect(await judge.judge('parlour', [])).toMatchObject({ verdict: 'weak' });
});

test('the longest password keeps the serving thread free, and too many at once are told to come back', async () => {
  await using judge = new ZxcvbnPasswordJudge();
  // The thread stands back behind everything else, so of the slow ones there is one only.
  const answers = Array.from({ length: 20 }, (_, index) => judge.judge(index === 0 ? '1q2w3e4r'.repeat(32) : 'password', []));
  let turnCount = 0;
  let isDone = false;
  const countTurns = () => {
    turnCount += 1;
    if (!isDone) setImmediate(countTurns);
  };
  countTurns();
  const settled = await Promise.all(answers);
  isDone = true;
  expect(settled.filter((answer) => isRefusal(answer))).toHaveLength(4);
  expect(settled[0]).toMatchObject({ verdict: 'weak' });
  expect(turnCount).toBeGreaterThan(50);
});

test('a judge that was stopped answers those who wait, and starts again', async () => {
  await using judge = new ZxcvbnPasswordJudge();
  const waiting = judge.judge('password', []);
  const rejected = expect(waiting).rejects.toThrow('ended');
  await judge[Symbol.asyncDispose]();
  await rejected;
  expect(await judge.judge('password', [])).toMatchObject({ verdict: 'weak' });
});
