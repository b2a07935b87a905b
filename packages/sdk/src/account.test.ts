import type { ConversationId, LoginId, MonotonicMs, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import { Account } from './account.ts';
import type { EvidenceProgress } from './client.ts';
import type { Download, HttpAnswer, HttpRequest } from './platform.ts';
import { isRefused } from './refusal.ts';
import { downloadOver } from './whole-download.ts';

const id = '0123456789abcdefghjkmnpqrs';
const login = id as LoginId;
const person = { id, handle: 'ada', displayName: 'Ada', about: '' };
const json = (status: number, body: object): HttpAnswer => ({ status, retryAfterMs: null, text: JSON.stringify(body) });
const refused = (status: number, code: string) => json(status, { type: 'about:blank', title: code, status, code, retryable: false });

const noDownload: Download = () => Promise.reject(new Error('there is no network'));

/** A server of one person, whose refresh tokens are good for one renewal. */
function serverOf({ answer, download = noDownload }: { answer?: (request: HttpRequest) => HttpAnswer | null; download?: Download } = {}) {
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
    download: (request, signal) => {
      requests.push(request);
      return download(request, signal);
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

  describe('evidence', () => {
    const conversation = id as ConversationId;
    const head = { seq: 700, chain: 'A'.repeat(22) };
    const opening = {
      line: 'evidence',
      version: 1,
      conversation,
      type: 'direct',
      exportedBy: id,
      exportedAt: 5,
      server: '0.1.0',
      count: 700,
    };
    const entries = Array.from({ length: 700 }, (_, index) => JSON.stringify({ line: 'entry', seq: index + 1, body: 'ünï ✓'.repeat(9) }));
    const end = { line: 'end', head, count: 700 };
    const whole = [JSON.stringify(opening), '{"line":"stretch"}', ...entries, JSON.stringify(end), ''].join('\n');

    /** So many bytes at a time, then the end, or a line that breaks. */
    const inPieces =
      (text: string, length: number, breaks = false): Download =>
      async () => ({
        status: 200,
        retryAfterMs: null,
        chunks: (async function* () {
          const bytes = new TextEncoder().encode(text);
          for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
          if (breaks) throw new Error('the line broke');
        })(),
      });

    test.each([7, 61, 4_096, 1_000_000])(
      '[SDK-77] comes whole as it was sent, in pieces of %i bytes, and tells how far it is',
      async (length) => {
        const { account, requests } = serverOf({ download: inPieces(whole, length) });
        const told: EvidenceProgress[] = [];
        const evidence = await account.evidence(login, conversation, { onProgress: (progress) => void told.push(progress) });
        if (isRefused(evidence)) throw new Error(evidence.sentence);
        expect(await evidence.file.text()).toBe(whole);
        expect([evidence.entryCount, evidence.head]).toEqual([700, head]);
        expect(told.at(-1)).toEqual({ entryCount: 700, ofCount: 700 });
        expect(told.map(({ entryCount }) => entryCount)).toEqual(
          told.map(({ entryCount }) => entryCount).toSorted((one, other) => one - other),
        );
        expect(requests.at(-1)).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer access 1' } });
        expect(requests.at(-1)?.url).toBe(`http://server/v1/conversations/${conversation}/evidence`);
      },
    );

    test('[SDK-77] what breaks off, and what ends too soon, is refused and not kept', async () => {
      const cutBefore = (text: string) => whole.slice(0, whole.indexOf(text));
      for (const download of [
        inPieces(whole, 4_096, true),
        inPieces(cutBefore('{"line":"end"'), 4_096),
        inPieces(whole.slice(0, -1), 4_096),
        inPieces(whole.replace(JSON.stringify(end), JSON.stringify({ ...end, count: 699 })), 4_096),
        inPieces('', 1),
        inPieces('<html>\n', 3),
      ]) {
        const { account } = serverOf({ download });
        expect(await account.evidence(login, conversation, {})).toMatchObject({ refused: 'download_broken' });
      }
      const { account } = serverOf();
      expect(await account.evidence(login, conversation, {})).toMatchObject({ refused: 'unreachable' });
    });

    test('[SDK-77] a refusal is told as it is, and a dead token is renewed once', async () => {
      const answers = [refused(401, 'unauthenticated'), refused(404, 'conversation_not_visible')];
      const { account, requests } = serverOf({ download: downloadOver(async () => answers.shift() ?? json(500, {})) });
      expect(await account.evidence(login, conversation, {})).toMatchObject({ refused: 'conversation_not_visible' });
      expect(requests.filter(({ url }) => url.endsWith('/v1/tokens'))).toHaveLength(2);
      expect(await account.evidence(login, conversation, {})).toMatchObject({ refused: 'unreachable' });
    });
  });
});
