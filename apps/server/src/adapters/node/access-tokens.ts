import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { isId, type LoginId, type PersonId, type WallMs } from '@parlour/core/ids';
import type { AccessClaims, AccessTokens } from '../../ports/access-tokens.ts';

/** `typ`: so that no other token signed with the same secret is ever taken for one of these. */
const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'parlour-access+jwt' })).toString('base64url');
const audience = 'parlour';
const format = /^([\w-]{1,200})\.([\w-]{1,1000})\.([\w-]{43})$/;

/**
 * JWT (RFC 7519) by HMAC-SHA-256 with a secret that never leaves this server. There is one header, compared as text, so there is no algorithm to choose.
 * Made here because each socket that comes back is a verification on the serving thread: with a library it took longer than reading what was missed.
 */
export class JwtAccessTokens implements AccessTokens {
  readonly #key: KeyObject;

  /** @param secret at least 32 random bytes */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new RangeError(`the secret for access tokens has ${secret.length} bytes, and needs 32`);
    this.#key = createSecretKey(secret);
  }

  async sign({ person, login, tokenVersion, expiresAt }: AccessClaims): Promise<string> {
    const claims = { sid: login, ver: tokenVersion, exp_ms: expiresAt, sub: person, aud: audience, exp: Math.ceil(expiresAt / 1_000) };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${header}.${payload}.${this.#signature(payload).toString('base64url')}`;
  }

  async read(token: string): Promise<AccessClaims | null> {
    const [, tokenHeader, payload = '', signature = ''] = format.exec(token) ?? [];
    if (tokenHeader !== header) return null;
    if (!timingSafeEqual(this.#signature(payload), Buffer.from(signature, 'base64url'))) return null;
    // Signed here, so it is JSON; the shape is looked at all the same, for an older program may have signed it.
    const { aud, sub, sid, ver, exp_ms: expiresAt } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    if (aud !== audience || typeof sub !== 'string' || !isId(sub) || typeof sid !== 'string' || !isId(sid)) return null;
    if (typeof ver !== 'number' || typeof expiresAt !== 'number') return null;
    return { person: sub as PersonId, login: sid as LoginId, tokenVersion: ver, expiresAt: expiresAt as WallMs };
  }

  #signature(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(`${header}.${payload}`).digest();
  }
}
