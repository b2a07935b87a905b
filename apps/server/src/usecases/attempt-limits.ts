import type { Digest16, Environment } from '@parlour/core/environment';
import { refuse } from '@parlour/core/errors';
import type { PersonId } from '@parlour/core/ids';
import type { SharedLimit } from '../ports/bus.ts';
import type { TooMany } from '../ports/password-hasher.ts';
import { addressKeyOf } from './address-key.ts';
import type { LimitSharing } from './limit-sharing.ts';
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

export type AttemptLimitsOptions = {
  readonly rates: AttemptRates;
  readonly environment: Pick<Environment, 'monotonic'>;
  readonly digest16: Digest16;
  readonly sharing: LimitSharing | null;
};

/** How often one may try what costs the server much, or an attacker little. */
export class AttemptLimits {
  readonly #digest16: Digest16;
  readonly #registrations: RateLimit<string>;
  readonly #loginsByAddress: RateLimit<string>;
  readonly #loginsByAccount: RateLimit<string>;
  readonly #renewals: RateLimit<string>;
  readonly #requests: RateLimit<PersonId>;

  constructor({ rates, environment, digest16, sharing }: AttemptLimitsOptions) {
    const monotonic = () => environment.monotonic();
    const limit = <Key extends string>(rate: Rate, name: SharedLimit) =>
      new RateLimit<Key>({ ...rate, keysMax, monotonic, shared: { name, sharing } });
    this.#digest16 = digest16;
    this.#registrations = limit(rates.registrationsPerAddress, 'registrations');
    this.#loginsByAddress = limit(rates.loginsPerAddress, 'logins_by_address');
    this.#loginsByAccount = limit(rates.loginsPerAccount, 'logins_by_account');
    this.#renewals = limit(rates.renewalsPerAddress, 'renewals');
    this.#requests = limit(rates.requestsPerPerson, 'requests');
  }

  registration(address: string): TooMany | null {
    return tooMany(this.#registrations.take(addressKeyOf(address), 1));
  }

  /** @param account what was typed, folded; counted alike whether or not there is such an account */
  login(address: string, account: string): TooMany | null {
    // What is typed for a name may be a password, so other nodes are told a hash.
    return tooMany(this.#loginsByAddress.take(addressKeyOf(address), 1)) ?? tooMany(this.#loginsByAccount.take(this.#digest16(account), 1));
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
