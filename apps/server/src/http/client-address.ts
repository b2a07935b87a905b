import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * The address that limits count and the list of logins shows.
 * Behind a proxy it is the last one in X-Forwarded-For: the proxy itself wrote it; all before it is hearsay.
 */
export function clientAddressOf(request: IncomingMessage, trustProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? '';
  if (!trustProxy) return direct;
  const forwarded = request.headers['x-forwarded-for'];
  const last = (Array.isArray(forwarded) ? forwarded.join() : (forwarded ?? '')).split(',').at(-1)?.trim() ?? '';
  return isIP(last) === 0 ? direct : last;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** Whether the client's own connection is encrypted, as far as this server or its proxy can tell. */
export function isEncrypted(request: IncomingMessage, trustProxy: boolean): boolean {
  if ('encrypted' in request.socket && request.socket.encrypted === true) return true;
  return trustProxy && request.headers['x-forwarded-proto'] === 'https';
}
