import { isId, type LoginId, type PersonId, type WallMs } from '@parlour/core/ids';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { AccessClaims, AccessTokens } from '../../ports/access-tokens.ts';

const algorithm = 'HS256';
/** So that no other token signed with the same secret is ever taken for one of these. */
const type = 'parlour-access+jwt';
const audience = 'parlour';

/** JWT (RFC 7519) signed with a secret that never leaves this server. */
export class JwtAccessTokens implements AccessTokens {
  readonly #secret: Uint8Array;

  /** @param secret at least 32 random bytes */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new RangeError(`the secret for access tokens has ${secret.length} bytes, and needs 32`);
    this.#secret = secret;
  }

  async sign({ person, login, tokenVersion, expiresAt }: AccessClaims): Promise<string> {
    return new SignJWT({ sid: login, ver: tokenVersion, exp_ms: expiresAt })
      .setProtectedHeader({ alg: algorithm, typ: type })
      .setSubject(person)
      .setAudience(audience)
      .setExpirationTime(Math.ceil(expiresAt / 1_000))
      .sign(this.#secret);
  }

  async read(token: string): Promise<AccessClaims | null> {
    try {
      // The caller looks at the time, by its own clock; jose would ask another.
      const { payload } = await jwtVerify(token, this.#secret, { algorithms: [algorithm], typ: type, audience, currentDate: new Date(0) });
      const { sub, sid, ver, exp_ms: expiresAt } = payload;
      if (typeof sub !== 'string' || !isId(sub) || typeof sid !== 'string' || !isId(sid)) return null;
      if (typeof ver !== 'number' || typeof expiresAt !== 'number') return null;
      return { person: sub as PersonId, login: sid as LoginId, tokenVersion: ver, expiresAt: expiresAt as WallMs };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}
