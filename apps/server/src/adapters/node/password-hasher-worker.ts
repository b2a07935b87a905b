import { argon2Sync } from 'node:crypto';
import { answerQuestions } from './answer-questions.ts';
import type { Derivation } from './password-hasher.ts';

answerQuestions(({ password, nonce, cost: { memoryKib, passes, parallelism }, tagSizeBytes }: Derivation): Uint8Array => {
  return argon2Sync('argon2id', { message: password, nonce, parallelism, tagLength: tagSizeBytes, memory: memoryKib, passes });
});
