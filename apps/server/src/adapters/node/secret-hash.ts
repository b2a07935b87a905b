import { hash } from 'node:crypto';

/** SHA-256 in base64url: enough for secrets of 256 random bits, which nobody guesses. */
export function secretHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
