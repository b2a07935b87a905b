import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import { answerQuestions } from './answer-questions.ts';
import type { Judgement, Question } from './password-judge.ts';

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary, product: ['parlour', 'parlor'] },
  graphs: common.adjacencyGraphs,
  translations: english.translations,
});

answerQuestions(({ password, personalWords }: Question): Judgement => {
  const words = personalWords.flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)]).filter((word) => word.length > 2);
  const { score, feedback } = zxcvbn.check(password, words);
  return { score, reason: feedback.warning ?? feedback.suggestions[0] ?? 'It is easy to guess.' };
});
