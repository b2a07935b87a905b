import type { CookieSerializeOptions } from '@fastify/cookie';
import type { LoginId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** One cookie a login, so that two accounts in one browser stay apart. Sent only to the one route that needs it, and out of reach of scripts. */
const nameOf = (login: LoginId) => `parlour_r_${login}`;

const attributes = (secure: boolean): CookieSerializeOptions => ({ path: '/v1/tokens', httpOnly: true, sameSite: 'strict', secure });

export function setRefreshCookie(reply: FastifyReply, login: LoginId, refreshToken: string, secure: boolean): void {
  reply.setCookie(nameOf(login), refreshToken, { ...attributes(secure), maxAge: Math.floor(limits.refreshTokenLifetimeMs / 1_000) });
}

export function clearRefreshCookie(reply: FastifyReply, login: LoginId, secure: boolean): void {
  reply.clearCookie(nameOf(login), attributes(secure));
}

export function refreshCookieOf(request: FastifyRequest, login: LoginId): string | null {
  return request.cookies[nameOf(login)] ?? null;
}
