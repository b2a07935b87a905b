import { isRefusal } from '@parlour/core/errors';
import type { MonotonicMs, PersonId } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { EvidenceLimits } from './evidence-limits.ts';

const personOf = (index: number) => String(index).padStart(26, '0') as PersonId;
const begun = (answer: ReturnType<EvidenceLimits['begin']>): (() => void) => {
  if (typeof answer !== 'function') throw new Error(answer.refused);
  return answer;
};

test('[EVID-5] one file at a time a person, eight in all, and another once one has ended', () => {
  const limits = new EvidenceLimits({ monotonic: () => 0 as MonotonicMs }, null);
  const ends = Array.from({ length: 8 }, (_, index) => begun(limits.begin(personOf(index))));
  expect(limits.begin(personOf(3))).toMatchObject({ refused: 'too_many_requests', retryAfterMs: 5_000 });
  expect(limits.begin(personOf(9))).toMatchObject({ refused: 'too_busy', retryAfterMs: 5_000 });
  ends[3]?.();
  const again = begun(limits.begin(personOf(3)));
  // What has ended once ends nothing that came after it.
  ends[3]?.();
  expect(limits.underWayCount).toBe(8);
  again();
  begun(limits.begin(personOf(9)));
});

test('[EVID-5] twenty files at once, and then three a minute', () => {
  let now = 0;
  const limits = new EvidenceLimits({ monotonic: () => now as MonotonicMs }, null);
  const person = personOf(1);
  for (let count = 0; count < 20; count += 1) begun(limits.begin(person))();
  const refused = limits.begin(person);
  if (typeof refused === 'function' || !isRefusal(refused)) throw new Error('it was not refused');
  expect(refused).toMatchObject({ refused: 'too_many_requests', retryAfterMs: 20_000 });
  now += refused.retryAfterMs;
  begun(limits.begin(person))();
});
