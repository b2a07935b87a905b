import type { LoginId, MonotonicMs, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import { Account } from './account.ts';
import type { HttpAnswer, HttpRequest } from './platform.ts';
import { isRefused } from './refusal.ts';

const id = '0123456789abcdefghjkmnpqrs';
const login = id as LoginId;
const person = { id, handle: 'ada', displayName: 'Ada', about: '' };
const json = (status: number, body: object): HttpAnswer => ({ status, retryAfterMs: null, text: JSON.stringify(body) });
const refused = (status: number, code: string) => json(status, { type: 'about:blank', title: code, status, code, retryable: false });

/** A server of one person, whose refresh tokens are good for one renewal. */
function serverOf({ answer }: { answer?: (request: HttpRequest) => HttpAnswer | null } = {}) {
  const requests: HttpRequest[] = [];
  let counter = 0;
  let kept: string | null = 'refresh 0';
  let now = 0;
  const account = new Account({
    environment: {
      now: () => 0 as WallMs,
      monotonic: () => now as MonotonicMs,
      random: () => 0,
      id: () => id,
      timer: () => () => {},
      endOfTurn: () => {},
    },
    exchange: async (request) => {
      requests.push(request);
      const special = answer?.(request);
      if (special) return special;
      if (!request.url.endsWith('/v1/tokens')) return json(200, { logins: [] });
      if (JSON.parse(request.body ?? '{}').refreshToken !== `refresh ${counter}`) return refused(401, 'refresh_refused');
      counter += 1;
      return json(200, { accessToken: `access ${counter}`, expiresInMs: 600_000, person, login, refreshToken: `refresh ${counter}` });
    },
    url: 'http://server',
    credentials: {
      load: async () => kept,
      save: async (token) => {
        kept = token;
      },
    },
    loginHint: null,
    label: 'test',
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { account, requests, pass, kept: () => kept };
}

describe('account', () => {
  test('nobody is looked for by what cannot be a handle', async () => {
    const { account, requests } = serverOf({ answer: ({ url }) => (url.includes('/v1/people') ? json(200, { people: [] }) : null) });
    for (const handle of ['a', 'ad', 'a'.repeat(33)]) expect(await account.findPeople(login, { handle })).toEqual([]);
    expect(requests).toEqual([]);
    for (const handle of ['ada', 'a'.repeat(32)]) await account.findPeople(login, { handle });
    expect(requests.filter(({ url }) => url.includes('/v1/people?handle=a'))).toHaveLength(2);
  });

  test('[SDK-50] many who need a token at once cost one renewal, and the next refresh token is kept', async () => {
    const { account, requests, kept } = serverOf();
    const tokens = await Promise.all([account.token(login, false), account.token(login, false), account.token(login, true)]);
    expect(tokens).toEqual(['access 1', 'access 1', 'access 1']);
    expect(requests).toHaveLength(1);
    expect(kept()).toBe('refresh 1');
  });

  test('[SDK-50] a token is used until it is near its end', async () => {
    const { account, pass } = serverOf();
    expect(await account.token(login, false)).toBe('access 1');
    pass(500_000);
    expect(await account.token(login, false)).toBe('access 1');
    pass(60_000);
    expect(await account.token(login, false)).toBe('access 2');
  });

  test('[SDK-53] no token speaks for another login than it was made for', async () => {
    const other = '1'.repeat(26) as LoginId;
    const { account } = serverOf({
      answer: ({ url, body }) => {
        if (!url.endsWith('/v1/tokens')) return null;
        const asked = JSON.parse(body ?? '{}').login;
        return json(200, { accessToken: `of ${asked}`, expiresInMs: 600_000, person, login: asked, refreshToken: 'next' });
      },
    });
    expect(await account.token(login, false)).toBe(`of ${login}`);
    expect(await account.token(other, false)).toBe(`of ${other}`);
    expect(await account.token(login, false)).toBe(`of ${login}`);
  });

  test('[SDK-50] a token that turns out dead is renewed once, and no token is ever in an address', async () => {
    const { account, requests } = serverOf({
      answer: ({ headers }) => (headers.authorization === 'Bearer access 1' ? refused(401, 'unauthenticated') : null),
    });
    expect(await account.logins(login)).toEqual([]);
    expect(requests.map(({ url }) => url)).toEqual(
      ['/v1/tokens', '/v1/logins', '/v1/tokens', '/v1/logins'].map((path) => `http://server${path}`),
    );
  });

  test.each([
    ['no network', new Error('down'), 'unreachable'],
    ['a proxy that answers with a page', { status: 502, retryAfterMs: 3_000, text: '<html>' }, 'unreachable'],
    ['an answer of another program', { status: 200, retryAfterMs: null, text: '{"hello":1}' }, 'answer_unreadable'],
    ['a refusal', refused(429, 'too_many_requests'), 'too_many_requests'],
  ])('[SDK-51] %s is told as what it is, and is not a logout', async (_what, given, code) => {
    const { account } = serverOf({
      answer: () => {
        if (given instanceof Error) throw given;
        return given;
      },
    });
    const token = await account.token(login, false);
    if (!isRefused(token)) throw new Error('not refused');
    expect(token.refused).toBe(code);
  });
});
