import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { limits } from '@parlour/core/limits';
import { protocolVersions } from '@parlour/protocol/version';
import packageFacts from '../../../package.json' with { type: 'json' };
import { JwtAccessTokens } from './adapters/node/access-tokens.ts';
import { Argon2PasswordHasher } from './adapters/node/password-hasher.ts';
import { ZxcvbnPasswordJudge } from './adapters/node/password-judge.ts';
import { secretHash } from './adapters/node/secret-hash.ts';
import type { Config } from './config.ts';
import { serveEventStreams } from './gateway/event-streams.ts';
import { createGateway } from './gateway/gateway.ts';
import type { Hub } from './gateway/hub.ts';
import { slowConsumerLimits } from './gateway/outgoing.ts';
import { serveWebSockets } from './gateway/websocket.ts';
import { clientAddressOf } from './http/client-address.ts';
import { conversationAnswers } from './http/conversation-answers.ts';
import { buildHttpServer, type NodesView, usualHttpTimeouts } from './http/http-server.ts';
import { Metrics, type Sample } from './http/metrics.ts';
import { allowsOrigin } from './http/origins.ts';
import { sendProblem } from './http/problem-reply.ts';
import { createLog } from './log.ts';
import { digest16, mintSalt, nodeEnvironment } from './node-environment.ts';
import { ConversationOwners, type StoreLoss } from './owner/conversation-owners.ts';
import type { Bus, NodeName } from './ports/bus.ts';
import type { CommitJournal } from './ports/commit-journal.ts';
import type { Directory } from './ports/directory.ts';
import type { LogStore } from './ports/log-store.ts';
import type { PasswordHasher } from './ports/password-hasher.ts';
import type { PasswordJudge } from './ports/password-judge.ts';
import type { RegisterStore } from './ports/register-store.ts';
import { eventStreamSamples, serverSamples, sweeperSamples } from './server-samples.ts';
import { AttemptLimits, usualAttemptRates } from './usecases/attempt-limits.ts';
import { Authenticator } from './usecases/authenticate.ts';
import { EvidenceLimits } from './usecases/evidence-limits.ts';
import { LimitSharing, type Shared } from './usecases/limit-sharing.ts';
import { NodeRegistry } from './usecases/node-registry.ts';
import { PersonSettings } from './usecases/person-settings.ts';
import { RateLimit } from './usecases/rate-limit.ts';
import { Readiness } from './usecases/readiness.ts';
import { Retention } from './workers/retention.ts';
import { Sweeper } from './workers/sweeper.ts';

export type RunningServer = {
  /** Where it is, with the port it really has. */
  readonly url: string;
  /** Whether anybody could log in when it started. */
  readonly hasPeople: boolean;
  /** Resolves where it can serve no more, with why; never where nothing could bring that about. */
  readonly whenUnusable: Promise<Error>;
  /** No new sockets, clients told to come back, commits finished, everything closed. */
  readonly drain: () => Promise<void>;
};

const ownersKeptMax = 20_000;
const marksKept = 64;
const settingsKeptMax = 100_000;
const rateKeysMax = 100_000;
/** Frames are cheaper than messages, and there are more of them. */
const framesPerMessage = 4;
/** Over how long clients come back after a drain, so that they do not come as one. */
const returnOverMs = 2_000;
/** How long another server may take to say that it is there. */
const probeMs = 2_000;

export type ReportFault = (fault: unknown, where: string) => void;

/** Where things are kept. Whoever composes a server with them gives them away. */
export type Engines = AsyncDisposable & {
  /** This process, as nobody else is called. */
  readonly node: NodeName;
  readonly accessTokenKey: Buffer;
  readonly store: LogStore;
  readonly directory: Directory;
  readonly registers: RegisterStore;
  readonly bus: Bus;
  /** Null where there is nobody else who could not be told. */
  readonly journal: CommitJournal | null;
  /** Another may answer for the store from now on, and lack what this one wrote last. */
  readonly onStoreLost: (listener: (loss: StoreLoss) => void) => void;
  /** What they have counted. */
  readonly samples: () => readonly Sample[];
  /** Resolves where they can be used no more, whatever is waited for. */
  readonly whenUnusable: Promise<Error>;
};

/** @throws where they cannot be had; then there is no server */
export type OpenEngines = (reportFault: ReportFault) => Promise<Engines>;

/** One process with everything in it but the engines, which are the same to it whichever they are. */
export async function compose(config: Config, openEngines: OpenEngines): Promise<RunningServer> {
  const log = createLog({ level: config.logLevel, destination: process.stderr });
  const reportFault: ReportFault = (fault, where) => log.error({ err: fault, where }, 'something broke');
  const engines = await openEngines(reportFault);
  try {
    return await serve(config, { engines, log, reportFault });
  } catch (error) {
    await engines[Symbol.asyncDispose]();
    throw error;
  }
}

type Parts = {
  readonly engines: Engines;
  readonly log: ReturnType<typeof createLog>;
  readonly reportFault: ReportFault;
};

async function serve(config: Config, { engines, log, reportFault }: Parts): Promise<RunningServer> {
  const { journal, bus } = engines;
  // Who there is, is known once this node is ready to say that it is.
  const sharing = bus.isShared ? sharingOf(config, { engines, nodeCount: () => registry?.nodeCount ?? 1 }) : null;
  const inside = composeInside(config, { engines, reportFault, sharing });
  const { store, directory, owners, settings, authenticator, hub, tools } = inside;
  const isWorker = config.roles.includes('worker');
  const retention = isWorker ? new Retention({ directory, store, environment: nodeEnvironment, reportFault }) : null;
  const sweeper = journal && new Sweeper({ journal, owners, store, bus, environment: nodeEnvironment, reportFault });
  const registry = bus.isShared ? registryOf(config, { engines, hub }) : null;
  const nodes: NodesView = registry ?? { nodes: () => [], gateways: () => [] };
  const passwords = {
    hasher: new Argon2PasswordHasher({ concurrencyMax: config.loginConcurrencyMax }),
    judge: new ZxcvbnPasswordJudge(),
  };
  const stalls = monitorEventLoopDelay({ resolution: 1 });
  stalls.enable();
  const metrics = new Metrics();
  metrics.addSource(() => serverSamples({ hub, owners, sendRate: inside.sendRate, evidence: inside.evidenceLimits, stalls }));
  metrics.addSource(engines.samples);
  if (sweeper) metrics.addSource(() => sweeperSamples(sweeper));
  const origins = { publicUrl: config.publicUrl ?? null, allowedOrigins: config.allowedOrigins, trustProxy: config.trustProxy };
  const readiness = new Readiness({ directory, environment: nodeEnvironment });
  const isReady = () => readiness.isReady();
  let isDraining = false;
  const app = await buildHttpServer({
    ...httpOptions(config, inside, passwords),
    origins,
    metrics,
    isHealthy: () => !isDraining,
    isReady,
    nodes,
    log,
  });
  const socketOptions = {
    server: app.server,
    hub,
    tools,
    // Every browser names the origin of a socket's page; what names none is told to, whoever it is.
    allowsOrigin: (origin: string | null, request: IncomingMessage) => origin !== null && allowsOrigin(origin, request, origins),
    addressOf: (request: IncomingMessage) => clientAddressOf(request, config.trustProxy),
  };
  const isGateway = config.roles.includes('gateway');
  const sockets = isGateway ? serveWebSockets(socketOptions) : null;
  const streams = isGateway ? serveEventStreams({ ...socketOptions, app, sendRefusal: sendProblem }) : null;
  if (streams) metrics.addSource(() => eventStreamSamples(streams));
  const hasPeople = await directory.hasPeople();
  const url = await app.listen({ port: config.port, host: config.host });
  // What loading the program took is no stall of serving.
  stalls.reset();

  return {
    url,
    hasPeople,
    whenUnusable: engines.whenUnusable,
    drain: async () => {
      if (isDraining) return;
      isDraining = true;
      registry?.drain();
      // Many take longer, so that those who take them in are not toppled.
      hub.drain(returnOverMs + hub.connectionCount);
      sockets?.close();
      streams?.stop();
      await owners.quiet();
      await tools.presence.noteGone();
      await app.close();
      hub.stop();
      await retention?.stop();
      await sweeper?.stop();
      registry?.stop();
      sharing?.stop();
      owners.stop();
      settings.stop();
      authenticator.stop();
      stalls.disable();
      await Promise.all([passwords.hasher[Symbol.asyncDispose](), passwords.judge[Symbol.asyncDispose]()]);
      await engines[Symbol.asyncDispose]();
    },
  };
}

function sharingOf(
  { pingIntervalMs: remindEveryMs }: Config,
  { engines: { node, bus }, nodeCount }: { readonly engines: Engines; readonly nodeCount: () => number },
): LimitSharing {
  return new LimitSharing({ node, bus, environment: nodeEnvironment, remindEveryMs, nodeCount });
}

function registryOf(
  { nodeUrl, roles, socketsMax }: Config,
  { engines: { node, bus }, hub }: { readonly engines: Engines; readonly hub: Hub },
): NodeRegistry {
  const startedAt = nodeEnvironment.now();
  let before = performance.eventLoopUtilization();
  const facts = () => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const load = { connections: hub.connectionCount, connectionsMax: socketsMax, utilisation: Math.min(1, Math.max(0, utilization)) };
    return { url: nodeUrl ?? null, version: packageFacts.version, roles, startedAt, ...load };
  };
  const probe = async (url: string) => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(probeMs) })).ok;
  return new NodeRegistry({ node, bus, environment: nodeEnvironment, facts, probe });
}

/** Everything behind the two ways in: those who own conversations, and the gateway without its sockets. */
function composeInside(config: Config, { engines, reportFault, sharing }: Omit<Parts, 'log'> & { readonly sharing: LimitSharing | null }) {
  const environment = nodeEnvironment;
  const { node, accessTokenKey, store, directory, registers, bus } = engines;
  const tokens = new JwtAccessTokens(accessTokenKey);
  const authenticator = new Authenticator({ directory, tokens, bus, environment });
  const settings = new PersonSettings({ registers, bus, environment, keptMax: settingsKeptMax });
  const owners = new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax, marksKept, limits });
  engines.onStoreLost((loss) => owners.storeLost(loss));
  const sendRate = rateOf(config, { times: 1, shared: { name: 'sends', sharing } });
  const evidenceLimits = new EvidenceLimits(environment, sharing);
  const { hub, tools } = createGateway({
    node,
    environment,
    digest16,
    authenticator,
    owners,
    store,
    registers,
    directory,
    settings,
    bus,
    sharing,
    sendRate,
    // Each node's own: a person has few sockets over all nodes, and so few devices at a time.
    frameRate: rateOf(config, { times: framesPerMessage }),
    limits: { ...config, slowConsumer: slowConsumerLimits },
    reportFault,
  });
  return { store, directory, registers, bus, tokens, authenticator, settings, owners, sharing, sendRate, evidenceLimits, hub, tools };
}

function rateOf({ rateSendsPerSecond, rateSendsBurst }: Config, { times, ...more }: { readonly times: number; readonly shared?: Shared }) {
  const { monotonic } = nodeEnvironment;
  const rate = { perSecond: rateSendsPerSecond * times, burst: rateSendsBurst * times };
  return new RateLimit<never>({ ...rate, keysMax: rateKeysMax, monotonic, ...more });
}

/** What the HTTP server is given of what is inside and of the settings. */
function httpOptions(
  { registration, accessTokenLifetimeMs, tlsCert, tlsKey, roles, metricsToken }: Config,
  {
    store,
    directory,
    registers,
    bus,
    tokens,
    authenticator,
    settings,
    owners,
    sharing,
    sendRate,
    evidenceLimits,
  }: ReturnType<typeof composeInside>,
  { hasher, judge }: { readonly hasher: PasswordHasher; readonly judge: PasswordJudge },
) {
  const environment = nodeEnvironment;
  const attempts = new AttemptLimits({ rates: usualAttemptRates, environment, digest16, sharing });
  const { version } = packageFacts;
  return {
    people: { directory, registers, tokens, bus, environment, secretHash, hasher, judge, attempts, registration, accessTokenLifetimeMs },
    conversations: conversationAnswers({ owners, store, directory, settings, sendRate, environment, digest16, evidenceLimits, version }),
    authenticator,
    facts: { name: 'Parlour', version, registration, protocolVersions: [...protocolVersions] },
    timeouts: usualHttpTimeouts,
    tls: tlsCert && tlsKey ? { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') } : null,
    isApi: roles.includes('api'),
    webRoot: join(import.meta.dirname, '../../web/dist'),
    metricsToken: metricsToken ?? null,
  };
}
