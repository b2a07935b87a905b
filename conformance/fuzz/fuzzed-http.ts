import assert from 'node:assert/strict';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { problem } from '@parlour/protocol/http/problem';
import { type Route, type RouteName, routes } from '@parlour/protocol/http/routes';
import { jsonSchemaOf } from '@parlour/protocol/json-schema';
import { judgeAnswer } from '../contract-call.ts';
import type { FuzzTools } from './fuzzed-socket.ts';
import { type JsonSchema, makeValue } from './schema-value.ts';
import { spoil, spoilJson } from './spoiling.ts';

/** Ending all of one's logins would end the fuzzer. */
const names = (Object.keys(routes) as RouteName[]).filter((name) => name !== 'endLogins');
const parts = ['params', 'query', 'body'] as const;
type Part = (typeof parts)[number];

const schemas = Object.fromEntries(
  names.map((name) => {
    const route: Route = routes[name];
    return [name, { params: jsonSchemaOf(route.params), query: jsonSchemaOf(route.query), body: route.body && jsonSchemaOf(route.body) }];
  }),
) as Record<RouteName, Record<Part, JsonSchema | null>>;

/** A handle may be of no script, or of two: that is found out behind the schema. */
const judgesHandles: ReadonlySet<RouteName> = new Set(['createAccount', 'updateMe', 'findPeople']);

type Request = {
  readonly path: string;
  readonly query: string;
  readonly body: string | null;
  readonly isValid: boolean;
  readonly isSamePlace: boolean;
};

/** Requests of one person, one after the other: of a route's schemas, valid or spoilt. */
export class FuzzedHttp {
  readonly #tools: FuzzTools;

  constructor(tools: FuzzTools) {
    this.#tools = tools;
  }

  async run(requestCount: number): Promise<void> {
    for (let count = 0; count < requestCount; count++) await this.#ask(this.#tools.random.pick(names));
  }

  async #ask(name: RouteName): Promise<void> {
    const { random, person, secrets, count } = this.#tools;
    const route: Route = routes[name];
    const request = this.#make(name);
    const token = random.chance(0.9) ? await person.token() : random.pick(['', 'x', 'a.b.c', '%00']);
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (request.body !== null)
      headers['content-type'] = random.chance(0.95) ? 'application/json' : random.pick(['text/plain', 'application/xml', 'x']);
    const answer = await fetch(`${person.url}${request.path}${request.query}`, {
      method: route.method,
      headers,
      ...(request.body === null ? {} : { body: request.body }),
      signal: AbortSignal.timeout(120_000),
    });
    const text = await answer.text();
    count(request.isValid ? 'requests taken' : 'requests refused');
    const shown = `${route.method} ${request.path}${request.query} ${request.body?.slice(0, 300) ?? ''} was answered with ${answer.status} ${text.slice(0, 300)}`;
    const found = secrets.find((secret) => text.includes(secret));
    assert.equal(found, undefined, `something of strangers was told: ${shown}`);
    assert.ok(!text.includes('"internal"') && answer.status !== 500, `something broke: ${shown}`);
    if (answer.status >= 400) expectProblem(text, shown);
    if (request.isSamePlace) judgeAnswer(name, answer, text);
    const isRead = request.body === null || headers['content-type'] === 'application/json';
    if (request.isValid && isRead && !judgesHandles.has(name))
      assert.ok(!text.includes('"malformed"'), `what the schemas take was not: ${shown}`);
    if (!request.isValid) assert.ok(answer.status >= 400, `what no schema takes was taken: ${shown}`);
  }

  #make(name: RouteName): Request {
    const { random, pool } = this.#tools;
    const route: Route = routes[name];
    const spoilt = random.chance(0.5) ? random.pick(parts) : null;
    const make = (part: Part): unknown => {
      const schema = schemas[name][part];
      if (schema === null) return undefined;
      const value = makeValue(schema, random, pool);
      return part === spoilt ? spoil(value, schema, random) : value;
    };
    const made = textsOf(make('params'));
    // Of whatever is made, only what has its place in the path is said.
    const params = Object.fromEntries([...route.path.matchAll(/:(\w+)/g)].map(([, key = '']) => [key, made[key] ?? '']));
    // The fuzzer's own login is needed until the end.
    if (params.login === 'current') params.login = '0'.repeat(26);
    const query = textsOf(make('query'));
    const value = make('body');
    const json = value === undefined ? null : (JSON.stringify(value) ?? '');
    const body = json !== null && spoilt === 'body' && random.chance(0.3) ? spoilJson(json, random) : json;
    const isValid =
      route.params.safeParse(params).success &&
      route.query.safeParse(query).success &&
      (route.body === null || (body !== null && isTaken(route.body, body)));
    const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(wellFormed(params[key] ?? '')));
    const text = new URLSearchParams(Object.entries(query).map(([key, item]) => [wellFormed(key), wellFormed(item)])).toString();
    return { path, query: text === '' ? '' : `?${text}`, body: body === '' ? null : body, isValid, isSamePlace: spoilt !== 'params' };
  }
}

function isTaken(schema: NonNullable<Route['body']>, text: string): boolean {
  if (Buffer.byteLength(text) > limits.httpBodySizeBytesMax) return false;
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** In a path and in a query everything is text. */
function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, typeof item === 'string' ? item : String(JSON.stringify(item))]),
  );
}

/** A lone surrogate cannot be written in an address. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

function expectProblem(text: string, shown: string): void {
  const parsed = problem.safeParse(text === '' ? null : JSON.parse(text));
  assert.ok(parsed.success && Object.hasOwn(errors, parsed.data.code), `no problem of the registry: ${shown}`);
}
