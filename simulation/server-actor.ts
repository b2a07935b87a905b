import type { Operation } from '@parlour/core/conversation-log/entry';
import { errors, StorageFailure } from '@parlour/core/errors';
import type { Salt } from '@parlour/core/ids';
import { limits as usualLimits } from '@parlour/core/limits';
import { createGateway, type Gateway } from '../apps/server/src/gateway/gateway.ts';
import type { GatewayTools } from '../apps/server/src/gateway/gateway-tools.ts';
import type { Hub } from '../apps/server/src/gateway/hub.ts';
import { digest16 } from '../apps/server/src/node-environment.ts';
import { ConversationOwners } from '../apps/server/src/owner/conversation-owners.ts';
import { AttemptLimits } from '../apps/server/src/usecases/attempt-limits.ts';
import { Authenticator } from '../apps/server/src/usecases/authenticate.ts';
import { PersonSettings } from '../apps/server/src/usecases/person-settings.ts';
import { RateLimit } from '../apps/server/src/usecases/rate-limit.ts';
import type { HttpAnswer, HttpRequest } from '../packages/sdk/src/platform.ts';
import { type AccountTools, answerHttp, simulatedHasher, simulatedJudge, simulatedTokens } from './accounts.ts';
import { Actor } from './actor.ts';
import type { Faults } from './faults.ts';
import { faultyLogStore, faultyRegisterStore } from './faulty-stores.ts';
import { groupsBegunMax } from './leading.ts';
import type { Link, ServerEnd } from './network.ts';
import type { SimulatedBus } from './simulated-bus.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { World } from './world.ts';

type Life = {
  readonly gateway: Gateway;
  readonly owners: ConversationOwners;
  readonly accounts: AccountTools;
  /** What it was asked for and has not answered, to be answered by nobody. */
  readonly unanswered: Set<() => void>;
};

/** Room for some pages of history at once. */
const answersBytesLeast = 32_000;

/** One server's own parts, over a store that outlives it. */
export class ServerActor implements ServerEnd {
  readonly actor: Actor;
  readonly disk: SimulatedDisk;
  readonly links = new Set<Link>();
  readonly #world: World;
  readonly #faults: Faults;
  readonly #bus: SimulatedBus;
  #life: Life | null = null;

  constructor(of: { name: string; stream: number; world: World; disk: SimulatedDisk; faults: Faults; bus: SimulatedBus }) {
    this.#world = of.world;
    this.disk = of.disk;
    this.#faults = of.faults;
    this.#bus = of.bus;
    this.actor = new Actor(of.world, of.name, of.stream);
  }

  get hub(): Hub | null {
    return this.#life?.gateway.hub ?? null;
  }

  get tools(): GatewayTools | null {
    return this.#life?.gateway.tools ?? null;
  }

  start(): void {
    this.actor.start();
    this.actor.note('! starts');
    this.#life = this.#compose();
  }

  async crash(): Promise<void> {
    if (!this.actor.isUp) return;
    this.actor.note('! crashes');
    this.#world.count('server crash');
    this.#countLife();
    this.actor.crash();
    for (const giveUp of this.#life?.unanswered ?? []) giveUp();
    this.#life = null;
    await this.disk.crash(this.actor);
    for (const link of [...this.links]) link.serverDied(!this.#faults.chance(0.2));
    this.links.clear();
  }

  /** As a job of the server's own does it: once, however often it is asked for. */
  async append(operation: Operation): Promise<'done' | 'refused' | 'later'> {
    const life = this.#life;
    if (!life) return 'later';
    const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>();
    life.unanswered.add(giveUp);
    const [answer] = (await Promise.race([life.owners.send(operation.conversation, [operation]), givenUp])) ?? [];
    life.unanswered.delete(giveUp);
    if (answer === undefined) return 'later';
    if ('seq' in answer) return 'done';
    return errors[answer.refused].retryable ? 'later' : 'refused';
  }

  /** Ends what counts as this life's work. */
  finish(): void {
    this.#countLife();
  }

  async answerHttp(request: HttpRequest, address: string): Promise<HttpAnswer | null> {
    if (!this.#life || this.actor.isPaused) return null;
    const answer = await answerHttp(request, address, this.#life.accounts);
    this.actor.note(`${address} ${request.method} ${new URL(request.url).pathname}: ${answer.status}`);
    return answer;
  }

  /** [15] What is kept in memory is bounded. */
  checkBounds(): void {
    if (!this.#life) return;
    const { ownersKeptMax, people, groupCount } = this.#faults.plan;
    const { rememberedCount } = this.#life.owners;
    // Owners with work are never forgotten; there are no more of them than conversations there can be.
    const bound = ownersKeptMax + (people.length * (people.length + 1)) / 2 + groupCount + groupsBegunMax;
    this.#world.check(rememberedCount <= bound, () => `${rememberedCount} owners are remembered, where ${ownersKeptMax} may be`);
    const open = this.hub?.connectionCount ?? 0;
    this.#world.check(open <= 500, () => `${open} connections are kept`);
  }

  #countLife(): void {
    if (!this.#life) return;
    const { appendOutcomes, verdicts, unknownResolved, commits } = this.#life.owners.counters;
    this.#world.count('commit', commits);
    for (const [outcome, times] of Object.entries(appendOutcomes)) if (times > 0) this.#world.count(`append ${outcome}`, times);
    for (const [what, times] of Object.entries(unknownResolved)) if (times > 0) this.#world.count(`unknown outcome was ${what}`, times);
    for (const [verdict, times] of Object.entries(verdicts)) if (times > 0) this.#world.count(`verdict ${verdict}`, times);
  }

  #compose(): Life {
    const { actor, disk } = this;
    const { plan } = this.#faults;
    const environment = actor.environment();
    const { monotonic } = environment;
    const bus = this.#bus.of(actor);
    const store = faultyLogStore(actor, disk, this.#faults);
    const registers = faultyRegisterStore(actor, disk, this.#faults);
    const { directory } = disk;
    const tokens = simulatedTokens;
    const mintSalt = () => Buffer.from(actor.random.bytes(16)).toString('base64url') as Salt;
    const { ownersKeptMax, marksKept, ownerLimits: limits } = plan;
    const owners = new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax, marksKept, limits });
    const gateway = createGateway({
      node: actor.name,
      environment,
      digest16,
      authenticator: new Authenticator({ directory, tokens, bus, environment }),
      owners,
      store,
      registers,
      directory,
      settings: new PersonSettings({ registers, bus, environment, keptMax: 100 }),
      bus,
      sharing: null,
      sendRate: new RateLimit({ perSecond: 50, burst: 200, keysMax: 100, monotonic }),
      frameRate: new RateLimit({ perSecond: 200, burst: 800, keysMax: 100, monotonic }),
      limits: {
        socketsPerPersonMax: 50,
        socketsPerAddressMax: 500,
        socketsMax: 500,
        pingIntervalMs: 10_000,
        offlineAfterMs: 25_000,
        slowConsumer: {
          hintsBytesMax: plan.hintsBytesMax,
          entriesBytesMax: plan.entriesBytesMax,
          // What a client asks for at once must fit, or it asks for ever.
          answersBytesMax: Math.max(answersBytesLeast, 20 * plan.entriesBytesMax),
          undrainedMsMax: 8_000,
        },
      },
      reportFault: (fault, where) => {
        // A store that fails is told of, and what was to be kept is tried again.
        if (fault instanceof StorageFailure) return this.#world.count(`storage failure reported at ${where}`);
        this.#world.violate(`a fault in the server at ${where}: ${fault instanceof Error ? fault.stack : fault}`);
      },
    });
    const rate = { perSecond: 1_000, burst: 10_000 };
    const rates = {
      registrationsPerAddress: rate,
      loginsPerAddress: rate,
      loginsPerAccount: rate,
      renewalsPerAddress: rate,
      requestsPerPerson: rate,
    };
    const accounts: AccountTools = {
      directory,
      tokens,
      bus,
      environment,
      secretHash: digest16,
      accessTokenLifetimeMs: usualLimits.accessTokenLifetimeMs,
      hasher: simulatedHasher,
      judge: simulatedJudge,
      attempts: new AttemptLimits({ rates, environment, digest16, sharing: null }),
      registration: 'open',
    };
    return { gateway, owners, accounts, unanswered: new Set() };
  }
}
