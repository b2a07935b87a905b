import { Readable } from 'node:stream';
import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import { type Route, type RouteInput, type RouteName, routes } from '@parlour/protocol/http/routes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AttemptLimits } from '../usecases/attempt-limits.ts';
import type { Authenticator, Identity } from '../usecases/authenticate.ts';
import { sendProblem } from './problem-reply.ts';
import type { Answer, JsonLines, JsonText } from './usecases.ts';

type IdentityOf<Name extends RouteName> = (typeof routes)[Name]['access'] extends 'token' ? Identity : null;

/** One request of a route: parsed, and by whom. */
export type Call<Name extends RouteName> = RouteInput<Name> & {
  readonly identity: IdentityOf<Name>;
  readonly address: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

export type Handlers = { readonly [Name in RouteName]: (call: Call<Name>) => Answer<Name> };

export type RouteTools = {
  readonly authenticator: Authenticator;
  readonly attempts: AttemptLimits;
  readonly addressOf: (request: FastifyRequest) => string;
  /** How long a file may lie untaken. */
  readonly stalledMs: number;
};

/** Of a file in which each line is JSON. */
export const linesType = 'application/x-ndjson';

/** Registers exactly the routes of the table: parse, ask who it is, call, answer. */
export function serveRoutes(app: FastifyInstance, handlers: Handlers, tools: RouteTools): void {
  const files = new Set<Readable>();
  // Whoever takes a file may take long, and a server that goes down does not wait for that.
  app.addHook('preClose', async () => {
    for (const file of files) file.destroy();
  });
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    // The table gives each handler its own types; in this loop they are one.
    const handle = handlers[name] as unknown as (call: object) => Promise<object | null>;
    app.route({
      method: route.method,
      url: route.path,
      // To say how long a file is, all of it would have to be made.
      exposeHeadRoute: !route.isLines,
      config: { routeName: name },
      handler: async (request, reply) => {
        const identity = route.access === 'token' ? await identify(request, tools) : null;
        if (identity !== null && isRefusal(identity)) return sendProblem(reply, identity);
        const input = parseInput(route, request);
        if (isRefusal(input)) return sendProblem(reply, input);
        const answer = await handle({ ...input, identity, address: tools.addressOf(request), request, reply });
        if (answer !== null && isRefusal(answer)) return sendProblem(reply, answer);
        if (answer !== null && isJsonLines(answer)) return sendLines(reply, answer, { files, stalledMs: tools.stalledMs });
        return sendAnswer(reply, route, answer);
      },
    });
  }
}

async function identify(request: FastifyRequest, { authenticator, attempts }: RouteTools): Promise<Identity | Refusal> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return refuse('unauthenticated');
  const identity = await authenticator.verifyAccessToken(token);
  return isRefusal(identity) ? identity : (attempts.request(identity.person) ?? identity);
}

function parseInput(route: Route, request: FastifyRequest): { params: unknown; query: unknown; body: unknown } | Refusal<'malformed'> {
  const parts = { params: route.params, query: route.query, body: route.body };
  const given = { params: request.params, query: request.query, body: request.body };
  const input: { params: unknown; query: unknown; body: unknown } = { params: null, query: null, body: null };
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = parts[part];
    if (schema === null) {
      if (given[part] !== undefined) return refuse('malformed', { in: part, reason: 'there is nothing to be here' });
      continue;
    }
    const parsed = schema.safeParse(given[part]);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return refuse('malformed', { in: part, field: issue?.path.join('.') ?? '', reason: issue?.message ?? '' });
    }
    input[part] = parsed.data;
  }
  return input;
}

function sendAnswer(reply: FastifyReply, route: Route, answer: object | null): FastifyReply {
  reply.code(route.status);
  if (answer === null) return reply.send();
  reply.header('content-type', 'application/json; charset=utf-8');
  if (isJsonText(answer)) return reply.serializer((text: string) => text).send(answer.jsonText);
  return reply.serializer(JSON.stringify).send(answer);
}

/** Made as it is taken, so that it costs the same memory however long it is. What breaks on the way ends the connection, and its last line never comes. */
function sendLines(
  reply: FastifyReply,
  { jsonLines, fileName, onEnd }: JsonLines,
  { files, stalledMs }: { readonly files: Set<Readable>; readonly stalledMs: number },
): FastifyReply {
  const lines = Readable.from(jsonLines, { objectMode: false });
  files.add(lines);
  lines.once('close', () => {
    files.delete(lines);
    onEnd();
  });
  reply.raw.setTimeout(stalledMs, () => reply.raw.destroy());
  return reply.header('content-type', linesType).header('content-disposition', `attachment; filename="${fileName}"`).send(lines);
}

function isJsonLines(answer: object): answer is JsonLines {
  return 'jsonLines' in answer;
}

function isJsonText(answer: object): answer is JsonText {
  return 'jsonText' in answer;
}
