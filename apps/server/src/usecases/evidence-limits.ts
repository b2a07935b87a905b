import type { Environment } from '@parlour/core/environment';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { PersonId } from '@parlour/core/ids';
import type { LimitSharing } from './limit-sharing.ts';
import { RateLimit } from './rate-limit.ts';

type Wait = Refusal<'too_many_requests' | 'too_busy'> & { readonly retryAfterMs: number };

const underWayMax = 8;
const retryAfterMs = 5_000;

/** How many files of evidence are made: to write one reads a whole log, so one at a time a person, a few at a time in all, and not over and over. */
export class EvidenceLimits {
  readonly #rate: RateLimit<PersonId>;
  readonly #underWay = new Set<PersonId>();
  /** Entries that went out as evidence; for the metrics. */
  entryCount = 0;

  constructor({ monotonic }: Pick<Environment, 'monotonic'>, sharing: LimitSharing | null) {
    const shared = { name: 'evidence', sharing } as const;
    this.#rate = new RateLimit({ perSecond: 1 / 20, burst: 20, keysMax: 100_000, monotonic: () => monotonic(), shared });
  }

  get underWayCount(): number {
    return this.#underWay.size;
  }

  /** @returns ends it; calling that again is harmless */
  begin(person: PersonId): Wait | (() => void) {
    if (this.#underWay.has(person)) return { ...refuse('too_many_requests'), retryAfterMs };
    if (this.#underWay.size >= underWayMax) return { ...refuse('too_busy'), retryAfterMs };
    const waitMs = this.#rate.take(person, 1);
    if (waitMs > 0) return { ...refuse('too_many_requests'), retryAfterMs: waitMs };
    this.#underWay.add(person);
    let isEnded = false;
    return () => {
      if (!isEnded) this.#underWay.delete(person);
      isEnded = true;
    };
  }
}
