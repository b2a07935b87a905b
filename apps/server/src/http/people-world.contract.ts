import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@parlour/core/environment';
import { refuse } from '@parlour/core/errors';
import { idFromBytes, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Authenticated } from '@parlour/protocol/http/authenticated';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { MemoryRegisterStore } from '../adapters/memory/memory-register-store.ts';
import { JwtAccessTokens } from '../adapters/node/access-tokens.ts';
import { Argon2PasswordHasher } from '../adapters/node/password-hasher.ts';
import { ZxcvbnPasswordJudge } from '../adapters/node/password-judge.ts';
import { secretHash } from '../adapters/node/secret-hash.ts';
import { createLog } from '../log.ts';
import { digest16 } from '../node-environment.ts';
import type { Notice, Topics } from '../ports/bus.ts';
import { AttemptLimits, usualAttemptRates } from '../usecases/attempt-limits.ts';
import { Authenticator } from '../usecases/authenticate.ts';
import { buildHttpServer, type HttpServerOptions, usualHttpTimeouts } from './http-server.ts';
import { Metrics } from './metrics.ts';

export const goodPassword = 'violet tractor 19 umbrella';

/** Its dictionaries take long to load, and it keeps nothing between questions: one serves all worlds of a file. */
const judge = new ZxcvbnPasswordJudge();

/** A bus that can be cut: then notices are lost, as a real one may lose them. */
class CuttableBus extends MemoryBus {
  isCut = false;

  override publish(notice: Notice, topics: Topics): void {
    if (!this.isCut) super.publish(notice, topics);
  }
}

/** Time that passes when told to. */
class SteppedClock {
  elapsedMs = 1_000_000;

  readonly environment: Environment = {
    now: () => (1_700_000_000_000 + this.elapsedMs) as WallMs,
    monotonic: () => this.elapsedMs as MonotonicMs,
    random: () => 0.5,
    id: () => idFromBytes(randomBytes(16)),
    timer: () => () => {},
    endOfTurn: (callback) => queueMicrotask(callback),
  };
}

export type World = AsyncDisposable & {
  readonly app: FastifyInstance;
  readonly bus: CuttableBus;
  readonly clock: SteppedClock;
  readonly directory: MemoryDirectory;
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  /** Everything that was logged, at the most talkative level. */
  readonly logged: () => string;
  register(handle: string, options?: { readonly client?: 'browser' | 'program' }): Promise<LoggedIn>;
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, options?: CallOptions): Promise<LightMyRequestResponse>;
};
export type LoggedIn = Authenticated & { readonly cookies: Readonly<Record<string, string>> };
type CallOptions = {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly cookies?: Record<string, string>;
  readonly address?: string;
};

/** People and logins over HTTP, whole, on the memory adapters. Conversations are nobody's here. */
export async function openWorld(
  overrides: Partial<HttpServerOptions> & { readonly registration?: 'open' | 'closed'; readonly accessTokenLifetimeMs?: number } = {},
): Promise<World> {
  const clock = new SteppedClock();
  const { environment } = clock;
  const bus = new CuttableBus();
  const directory = new MemoryDirectory();
  const tokens = new JwtAccessTokens(randomBytes(32));
  const attempts = new AttemptLimits({ rates: usualAttemptRates, environment, digest16, sharing: null });
  const authenticator = new Authenticator({ directory, tokens, bus, environment });
  const metrics = new Metrics();
  const lines: string[] = [];
  const { registration = 'open', accessTokenLifetimeMs = limits.accessTokenLifetimeMs, ...options } = overrides;
  const invisible = async () => refuse('conversation_not_visible');
  const app = await buildHttpServer({
    people: {
      directory,
      tokens,
      bus,
      environment,
      secretHash,
      accessTokenLifetimeMs,
      judge,
      attempts,
      registration,
      hasher: new Argon2PasswordHasher({ concurrencyMax: 2 }),
      registers: new MemoryRegisterStore(),
    },
    conversations: {
      list: async () => ({ rows: [], more: false }),
      open: invisible,
      load: invisible,
      loadEntries: invisible,
      send: invisible,
      beginGroup: invisible,
      act: invisible,
      listMembers: invisible,
      listBans: invisible,
      mark: invisible,
      loadMarkers: invisible,
      exportEvidence: invisible,
    },
    authenticator,
    facts: { name: 'Parlour', version: '0.1.0', registration, protocolVersions: [1] },
    origins: { publicUrl: null, allowedOrigins: ['https://friend.example'], trustProxy: false },
    timeouts: usualHttpTimeouts,
    tls: null,
    webRoot: mkdtempSync(join(tmpdir(), 'parlour-web-')),
    metrics,
    metricsToken: null,
    nodes: { nodes: () => [], gateways: () => ['http://one.example', 'http://two.example'] },
    isApi: true,
    isHealthy: () => true,
    isReady: async () => true,
    log: createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } }),
    ...options,
  });

  const call: World['call'] = async (method, url, { token, body, headers = {}, cookies = {}, address } = {}) =>
    app.inject({
      method,
      url,
      headers: { host: 'localhost:7420', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      cookies,
      ...(address === undefined ? {} : { remoteAddress: address }),
      ...(body === undefined ? {} : { payload: body as object }),
    });
  const register: World['register'] = async (handle, { client = 'program' } = {}) => {
    const body = { email: `${handle}@example.org`, handle, password: goodPassword, client };
    const response = await call('POST', '/v1/accounts', { body });
    if (response.statusCode !== 201) throw new Error(`could not register ${handle}: ${response.body}`);
    return { ...response.json<Authenticated>(), cookies: cookiesOf(response) };
  };
  return {
    app,
    bus,
    clock,
    directory,
    authenticator,
    metrics,
    logged: () => lines.join(''),
    register,
    call,
    async [Symbol.asyncDispose]() {
      await app.close();
    },
  };
}

export function cookiesOf(response: LightMyRequestResponse): Record<string, string> {
  return Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]));
}
