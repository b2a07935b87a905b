import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isEncrypted } from './client-address.ts';

export type OriginRules = { readonly publicUrl: string | null; readonly allowedOrigins: readonly string[]; readonly trustProxy: boolean };

/**
 * Whether what says to be of this origin may talk to this server: its own pages, and those on the list.
 * @param origin the word `null` is a page that hides where it is from
 */
export function allowsOrigin(origin: string, request: IncomingMessage, rules: OriginRules): boolean {
  if (origin === rules.publicUrl || rules.allowedOrigins.includes(origin)) return true;
  const host = request.headers.host;
  if (host === undefined || !cannotBeRebound(host)) return false;
  return origin === `${isEncrypted(request, rules.trustProxy) ? 'https' : 'http'}://${host}`;
}

/**
 * A page of another site can point its own name at this machine, and then its origin and the Host header agree.
 * Nobody does that with an address, or with a name that the public name system does not have. Other names are to be set as public URL.
 */
function cannotBeRebound(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost') || name.endsWith('.local');
}
