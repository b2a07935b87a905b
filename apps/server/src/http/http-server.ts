import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import { refuse } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import type { RouteAnswer } from '@parlour/protocol/http/routes';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { Authenticator } from '../usecases/authenticate.ts';
import type { NodeRegistry } from '../usecases/node-registry.ts';
import { Occupancy } from '../usecases/occupancy.ts';
import { clientAddressOf, isEncrypted } from './client-address.ts';
import { conversationHandlers } from './conversation-handlers.ts';
import { parseJsonBodies, UnreadableBody } from './json-body.ts';
import type { Metrics } from './metrics.ts';
import { operatorRefusal } from './operator-access.ts';
import { allowsOrigin, type OriginRules } from './origins.ts';
import { answerWhatIsNotThere, serveDocs, serveWebClient } from './pages.ts';
import { loginHandlers, type PeopleTools, peopleHandlers } from './people-handlers.ts';
import { rawProblem, refusalOfError, sendProblem } from './problem-reply.ts';
import { serveRoutes } from './route-calls.ts';
import { nothingAllowedPolicy, securityHeaders, strictTransportSecurity } from './security-headers.ts';
import type { ConversationUsecases } from './usecases.ts';

/** How long somebody may take over their request, and how often that is looked at. */
export type HttpTimeouts = {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly checkIntervalMs: number;
  /** Of a file that nobody takes any more of. */
  readonly stalledMs: number;
};
export const usualHttpTimeouts: HttpTimeouts = {
  headersMs: 5_000,
  requestMs: 15_000,
  keepAliveMs: 60_000,
  checkIntervalMs: 1_000,
  stalledMs: 30_000,
};

/** What is known of the servers, this one among them. */
export type NodesView = Pick<NodeRegistry, 'nodes' | 'gateways'>;

export type HttpServerOptions = {
  readonly people: PeopleTools;
  readonly conversations: ConversationUsecases;
  readonly authenticator: Authenticator;
  readonly facts: Omit<RouteAnswer<'loadServerFacts'>, 'isEmpty' | 'publicUrl'>;
  readonly origins: OriginRules;
  readonly timeouts: HttpTimeouts;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Where the built web client lies; it need not be there. */
  readonly webRoot: string;
  readonly metrics: Metrics;
  /** Whoever shows it, as a bearer token, may read the metrics, and nobody else; null lets this machine. */
  readonly metricsToken: string | null;
  readonly isHealthy: () => boolean;
  /** Whether the store answers, too. */
  readonly isReady: () => Promise<boolean>;
  readonly nodes: NodesView;
  /** Where it is not, only those who run the server are answered. */
  readonly isApi: boolean;
  readonly log: FastifyBaseLogger;
};

const paramLengthMax = 128;

/** Everything that is spoken over HTTP. It does not listen yet, and sockets attach to its `server`. */
export async function buildHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { people, origins, facts, webRoot } = options;
  const app = createApp(options);
  const occupancy = new Occupancy(people.directory);
  const addressOf = (request: FastifyRequest) => clientAddressOf(request.raw, origins.trustProxy);
  const isSecure = (request: FastifyRequest) =>
    origins.publicUrl?.startsWith('https:') === true || isEncrypted(request.raw, origins.trustProxy);

  app.setErrorHandler((error, request, reply) => {
    const refusal = error instanceof UnreadableBody ? error.refusal : refusalOfError(error);
    if (refusal.refused === 'internal' || refusal.refused === 'storage_unavailable') request.log.error({ err: error }, 'request failed');
    return sendProblem(reply, refusal);
  });
  parseJsonBodies(app);
  await app.register(cookie);
  guardRequests(app, options, isSecure);
  countRequests(app, options);
  serveOperators(app, options);
  if (!options.isApi) return app;
  serveRoutes(
    app,
    {
      ...loginHandlers(people, isSecure),
      ...peopleHandlers(people),
      ...conversationHandlers(options.conversations),
      loadGateways: async () => ({ gateways: options.nodes.gateways() }),
      loadServerFacts: async () => ({ ...facts, publicUrl: origins.publicUrl, isEmpty: await occupancy.isEmpty() }),
    },
    { authenticator: options.authenticator, attempts: people.attempts, addressOf, stalledMs: options.timeouts.stalledMs },
  );
  serveDocs(app, facts);
  await serveWebClient(app, webRoot);
  answerWhatIsNotThere(app, webRoot);
  return app;
}

function createApp({ timeouts, tls, log }: HttpServerOptions): FastifyInstance {
  const options = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.httpBodySizeBytesMax,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    routerOptions: { maxParamLength: paramLengthMax },
    // A path that is no text, or too long for one: found before any hook runs, so all that every answer says is said here.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      reply.headers({ ...securityHeaders, 'content-security-policy': nothingAllowedPolicy, 'cache-control': 'no-store' });
      sendProblem(reply, refusalOfError(error));
    },
    // Bytes that are no request, or two requests in one, end the connection: what follows on it cannot be told apart.
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      socket.end(rawProblem('malformed'));
    },
  };
  const node = { headersTimeout: timeouts.headersMs, connectionsCheckingInterval: timeouts.checkIntervalMs };
  if (tls !== null) return fastify({ ...options, https: { ...node, ...tls } }) as unknown as FastifyInstance;
  return fastify({ ...options, http: node });
}

/** What holds for every request, before anything is read of its body. */
function guardRequests(app: FastifyInstance, { origins }: HttpServerOptions, isSecure: (request: FastifyRequest) => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders).header('content-security-policy', nothingAllowedPolicy);
    if (isSecure(request)) reply.header('strict-transport-security', strictTransportSecurity);
    if (!request.url.startsWith('/v1/')) return;
    reply.header('cache-control', 'no-store');
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    // Scripts send none, and need none: what a page could do without one it is not shown the answer of.
    if (origin === undefined) return;
    if (!allowsOrigin(origin, request.raw, origins)) return sendProblem(reply, refuse('origin_refused'));
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After',
    });
    if (request.method !== 'OPTIONS') return;
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': 'Authorization, Content-Type, Parlour-Stream',
        'access-control-max-age': '600',
      })
      .send();
  });
}

function countRequests(app: FastifyInstance, { metrics }: HttpServerOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const { routeName } = request.routeOptions.config as { routeName?: string };
    metrics.countRequest(routeName ?? 'other', reply.statusCode, reply.elapsedTime);
    request.log.debug(
      { 'http.request.method': request.method, 'http.route': routeName, 'http.response.status_code': reply.statusCode },
      'answered',
    );
  });
}

/** For those who run the server: is it well, and how busy is it. */
function serveOperators(app: FastifyInstance, { metrics, metricsToken, isHealthy, isReady, nodes, origins }: HttpServerOptions): void {
  const refusalOf = operatorRefusal({ metricsToken, trustProxy: origins.trustProxy });
  app.get('/healthz', async (_request, reply) => {
    if (!isHealthy()) return sendProblem(reply, { ...refuse('draining'), retryAfterMs: 1_000 });
    return reply.header('cache-control', 'no-store').send({ status: 'ok' });
  });
  app.get('/readyz', async (_request, reply) => {
    if (!isHealthy()) return sendProblem(reply, { ...refuse('draining'), retryAfterMs: 1_000 });
    if (!(await isReady())) return sendProblem(reply, { ...refuse('storage_unavailable'), retryAfterMs: 1_000 });
    return reply.header('cache-control', 'no-store').send({ status: 'ready' });
  });
  app.get('/v1/nodes', async (request, reply) => {
    const refusal = refusalOf(request);
    if (refusal) return sendProblem(reply, refusal);
    return reply.header('cache-control', 'no-store').send({ nodes: nodes.nodes() });
  });
  app.get('/metrics', async (request, reply) => {
    const refusal = refusalOf(request);
    if (refusal) return sendProblem(reply, refusal);
    return reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8').send(metrics.present());
  });
}
