import assert from 'node:assert/strict';
import { errors } from '@parlour/core/errors';
import { problem } from '@parlour/protocol/http/problem';
import { type Route, type RouteName, refusalsOfAll, refusalsOfTokens, routes } from '@parlour/protocol/http/routes';

export type CallOptions = {
  readonly token?: string;
  /** What stands in the path for `:name`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
};
export type Called = { readonly status: number; readonly body: unknown; readonly code: string | null; readonly retryAfterMs: number };

/** Asks one route of the API. What comes back is held against the contract of the route: its schema, or a problem that the route may answer with. */
export async function callRoute(url: string, name: RouteName, { token, params = {}, query = '', body }: CallOptions = {}): Promise<Called> {
  const route: Route = routes[name];
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const answer = await fetch(`${url}${path}${query}`, {
    method: route.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(120_000),
  });
  return judgeAnswer(name, answer, await answer.text());
}

/** @throws AssertionError where the answer is none of those that the route may give */
export function judgeAnswer(name: RouteName, answer: Response, text: string): Called {
  const route: Route = routes[name];
  const where = `${route.method} ${route.path} answered ${answer.status}`;
  assert.equal(answer.headers.get('cache-control'), 'no-store', `${where} and may be kept by caches`);
  if (answer.status === route.status) {
    if (route.answer === null) {
      assert.equal(text, '', `${where} with a body`);
      return { status: answer.status, body: null, code: null, retryAfterMs: 0 };
    }
    if (route.isLines) return { status: answer.status, body: judgeLines(route.answer, text, where), code: null, retryAfterMs: 0 };
    const parsed = route.answer.safeParse(JSON.parse(text));
    assert.ok(parsed.success, `${where} with what its schema refuses: ${text.slice(0, 300)}`);
    return { status: answer.status, body: parsed.data, code: null, retryAfterMs: 0 };
  }
  assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json', `${where}: ${text.slice(0, 300)}`);
  const parsed = problem.safeParse(JSON.parse(text));
  assert.ok(parsed.success, `${where} with a problem that its schema refuses: ${text.slice(0, 300)}`);
  const { code, status, retryable, retryAfterMs = 0 } = parsed.data;
  const allowed: readonly string[] = [...route.refusals, ...refusalsOfAll, ...(route.access === 'token' ? refusalsOfTokens : [])];
  assert.ok(allowed.includes(code), `${where} ${code}, which is not among its refusals`);
  assert.deepEqual([status, answer.status, retryable], [errors[code].httpStatus, errors[code].httpStatus, errors[code].retryable], where);
  return { status, body: parsed.data, code, retryAfterMs };
}

/** One object a line, each held against the schema. */
function judgeLines(schema: NonNullable<Route['answer']>, text: string, where: string): unknown[] {
  assert.ok(text.endsWith('\n'), `${where} with a last line that does not end`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const parsed = schema.safeParse(JSON.parse(line));
      assert.ok(parsed.success, `${where} with a line that its schema refuses: ${line.slice(0, 300)}`);
      return parsed.data;
    });
}
