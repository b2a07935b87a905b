import type { ServerFacts } from '@parlour/sdk/client';
import { presentRoute } from '../routing/route.ts';

/**
 * The address that leads someone to a conversation with this person.
 * @param origin where this page is, which is what others can use unless the server knows better
 */
export function invitationLink(handle: string, origin: string, facts: Pick<ServerFacts, 'publicUrl'> | null): string {
  return `${(facts?.publicUrl ?? origin).replace(/\/+$/u, '')}${presentRoute({ at: 'with', handle })}`;
}

/** Whether an address leads back to the very machine that opens it. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d+){3}$/u.test(hostname);
}
