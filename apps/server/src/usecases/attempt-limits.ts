import type { Environment } from '@parlour/core/environment';
import { refuse } from '@parlour/core/errors';
import type { PersonId } from '@parlour/core/ids';
import type { TooMany } from '../ports/password-hasher.ts';
import { addressKeyOf } from './address-key.ts';
import { RateLimit } from './rate-limit.ts';

export type Rate = { readonly perSecond: number; readonly burst: number };
export type AttemptRates = {
  readonly registrationsPerAddress: Rate;
  readonly loginsPerAddress: Rate;
  readonly loginsPerAccount: Rate;
  readonly renewalsPerAddress: Rate;
  readonly requestsPerPerson: Rate;
};

/** Enough for a household or an office behind one address, and far too little to guess passwords. */
export const usualAttemptRates: AttemptRates = {
  registrationsPerAddress: { perSecond: 0.05, burst: 30 },
  loginsPerAddress: { perSecond: 1, burst: 60 },
  loginsPerAccount: { perSecond: 1 / 30, burst: 10 },
  renewalsPerAddress: { perSecond: 50, burst: 2_000 },
  requestsPerPerson: { perSecond: 100, burst: 500 },
};

const keysMax = 100_000;

/** How often one may try what costs the server much, or an attacker little. */
export class AttemptLimits {
  readonly #registrations: RateLimit<string>;
  readonly #loginsByAddress: RateLimit<string>;
  readonly #loginsByAccount: RateLimit<string>;
  readonly #renewals: RateLimit<string>;
  readonly #requests: RateLimit<PersonId>;

  constructor(rates: AttemptRates, environment: Pick<Environment, 'monotonic'>) {
    const limit = <Key extends string>(rate: Rate) => new RateLimit<Key>({ ...rate, keysMax, monotonic: () => environment.monotonic() });
    this.#registrations = limit(rates.registrationsPerAddress);
    this.#loginsByAddress = limit(rates.loginsPerAddress);
    this.#loginsByAccount = limit(rates.loginsPerAccount);
    this.#renewals = limit(rates.renewalsPerAddress);
    this.#requests = limit(rates.requestsPerPerson);
  }

  registration(address: string): TooMany | null {
    return tooMany(this.#registrations.take(addressKeyOf(address), 1));
  }

  /** @param account what was typed, folded; counted alike whether or not there is such an account */
  login(address: string, account: string): TooMany | null {
    return tooMany(this.#loginsByAddress.take(addressKeyOf(address), 1)) ?? tooMany(this.#loginsByAccount.take(account, 1));
  }

  renewal(address: string): TooMany | null {
    return tooMany(this.#renewals.take(addressKeyOf(address), 1));
  }

  request(person: PersonId): TooMany | null {
    return tooMany(this.#requests.take(person, 1));
  }
}

function tooMany(waitMs: number): TooMany | null {
  return waitMs === 0 ? null : { ...refuse('too_many_requests'), retryAfterMs: waitMs };
}
