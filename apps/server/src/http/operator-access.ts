import { createHash, timingSafeEqual } from 'node:crypto';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { FastifyRequest } from 'fastify';
import { clientAddressOf, isLoopback } from './client-address.ts';

/**
 * Who may look at how the server is: whoever shows the token, or without one this machine.
 * @returns null for those who may
 */
export function operatorRefusal({
  metricsToken,
  trustProxy,
}: {
  readonly metricsToken: string | null;
  readonly trustProxy: boolean;
}): (request: FastifyRequest) => Refusal | null {
  if (metricsToken === null) {
    return ({ raw }) => (isLoopback(clientAddressOf(raw, trustProxy)) ? null : refuse('not_found'));
  }
  const wanted = digestOf(`Bearer ${metricsToken}`);
  // Digests have one length, so that the time taken tells nothing of what was nearly right.
  return ({ headers }) => (timingSafeEqual(digestOf(headers.authorization ?? ''), wanted) ? null : refuse('unauthenticated'));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
