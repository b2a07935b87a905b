import type { CookieSerializeOptions } from '@fastify/cookie';
import type { LoginId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** One cookie a login, so that two accounts in one browser stay apart. Sent only to the one route that needs it, and out of reach of scripts. */
const nameOf = (login: LoginId) => `parlour_r_${login}`;

/** Tells the page which login came last, should the browser give up the page's store and keep its cookies. It opens nothing by itself. */
const hintName = 'parlour_login';

type Attributes = CookieSerializeOptions & { readonly secure: boolean };
const attributes = (secure: boolean): Attributes => ({ path: '/v1/tokens', httpOnly: true, sameSite: 'strict', secure });
const hintAttributes = (secure: boolean): Attributes => ({ path: '/', sameSite: 'strict', secure });
const maxAge = Math.floor(limits.refreshTokenLifetimeMs / 1_000);

export function setRefreshCookie(reply: FastifyReply, login: LoginId, refreshToken: string, secure: boolean): void {
  reply.setCookie(nameOf(login), refreshToken, { ...attributes(secure), maxAge });
  reply.setCookie(hintName, login, { ...hintAttributes(secure), maxAge });
}

export function clearRefreshCookie(request: FastifyRequest, reply: FastifyReply, login: LoginId, secure: boolean): void {
  reply.clearCookie(nameOf(login), attributes(secure));
  if (request.cookies[hintName] === login) reply.clearCookie(hintName, hintAttributes(secure));
}

export function refreshCookieOf(request: FastifyRequest, login: LoginId): string | null {
  return request.cookies[nameOf(login)] ?? null;
}
