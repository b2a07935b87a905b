import type { LoginId, PersonId, WallMs } from '@parlour/core/ids';

/** What an access token says, signed by this server. */
export type AccessClaims = {
  readonly person: PersonId;
  readonly login: LoginId;
  /** The person's version when it was made; a higher one makes it void. */
  readonly tokenVersion: number;
  readonly expiresAt: WallMs;
};

export interface AccessTokens {
  sign(claims: AccessClaims): Promise<string>;
  /** @returns null for whatever this server did not sign. Does not look at the time. */
  read(token: string): Promise<AccessClaims | null>;
}
