import type { Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, LoginId, PersonId, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ClientFrame } from '@parlour/protocol/client-frame';
import { type ServerFrameKind, serverFrame } from '@parlour/protocol/server-frame';
import { type UnpackedFrame, unpackFrame } from '@parlour/protocol/unpacked-frame';
import { expect } from 'vitest';
import { MemoryBus, MemoryNet } from '../adapters/memory/memory-bus.ts';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { MemoryRegisterStore } from '../adapters/memory/memory-register-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import { ConversationOwners } from '../owner/conversation-owners.ts';
import type { AccessClaims, AccessTokens } from '../ports/access-tokens.ts';
import type { Notice, Topics } from '../ports/bus.ts';
import { Authenticator } from '../usecases/authenticate.ts';
import { LimitSharing } from '../usecases/limit-sharing.ts';
import { PersonSettings } from '../usecases/person-settings.ts';
import { RateLimit } from '../usecases/rate-limit.ts';
import { Connection } from './connection.ts';
import { createGateway } from './gateway.ts';
import type { GatewayLimits } from './gateway-tools.ts';
import { slowConsumerLimits, type Transport } from './outgoing.ts';
import type { FrameBatch } from './shared-frame.ts';

/** A bus that can be cut: then notices are lost, as a real one may lose them. It may know that they are, too. */
class CuttableBus extends MemoryBus {
  isCut = false;
  #knownBroken = false;

  override get isBroken(): boolean {
    return this.#knownBroken;
  }

  override set isBroken(isBroken: boolean) {
    this.isCut = isBroken;
    this.#knownBroken = isBroken;
    this.gap();
  }

  override publish(notice: Notice, topics: Topics): void {
    if (!this.isCut) super.publish(notice, topics);
  }
}

/** Signs by remembering. */
class MemoryAccessTokens implements AccessTokens {
  readonly #signed = new Map<string, AccessClaims>();

  async sign(claims: AccessClaims): Promise<string> {
    const token = `token ${this.#signed.size}`;
    this.#signed.set(token, claims);
    return token;
  }

  async read(token: string): Promise<AccessClaims | null> {
    return this.#signed.get(token) ?? null;
  }
}

type FrameOf<Kind extends ServerFrameKind> = Extract<UnpackedFrame, { kind: Kind }>;
type Asked = Extract<ClientFrame, { id: number }>;
type WithoutId<Frame> = Frame extends unknown ? Omit<Frame, 'id'> : never;

/** The other end of a socket. What it gets must fit the schemas. */
export class Client implements Transport {
  readonly frames: UnpackedFrame[] = [];
  readonly connection: Connection;
  readonly #environment: ManualEnvironment;
  end: { readonly code: number; readonly reason: string } | null = null;
  isDestroyed = false;
  writeCount = 0;
  pingCount = 0;
  /** Not reading: what is written stays in the socket's buffer. */
  reads = true;
  #bufferedBytes = 0;
  #requestId = 0;

  constructor(environment: ManualEnvironment, connect: (transport: Transport) => Connection) {
    this.#environment = environment;
    this.connection = connect(this);
  }

  bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  write(batch: FrameBatch): void {
    this.writeCount++;
    if (!this.reads) this.#bufferedBytes += batch.wire.length;
    for (const { text } of batch.frames) this.frames.push(unpackFrame(serverFrame.parse(JSON.parse(text))));
  }

  ping(): void {
    this.pingCount++;
  }

  close(code: number, reason: string): void {
    this.end ??= { code, reason };
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** Reads what waited. */
  drain(): void {
    this.reads = true;
    this.#bufferedBytes = 0;
  }

  async sayText(text: string): Promise<void> {
    this.connection.receive(text);
    await this.#environment.settle();
  }

  say(frame: ClientFrame): Promise<void> {
    return this.sayText(JSON.stringify(frame));
  }

  /** Sends a request. @returns what answered it: exactly one frame */
  async ask(request: WithoutId<Asked>): Promise<UnpackedFrame> {
    const id = ++this.#requestId;
    await this.say({ ...request, id } as ClientFrame);
    const answers = this.frames.filter((frame) => 're' in frame && frame.re === id);
    expect(answers).toHaveLength(1);
    return answers[0] as UnpackedFrame;
  }

  of<Kind extends ServerFrameKind>(kind: Kind): FrameOf<Kind>[] {
    return this.frames.filter((frame): frame is FrameOf<Kind> => frame.kind === kind);
  }

  last<Kind extends ServerFrameKind>(kind: Kind): FrameOf<Kind> {
    const found = this.of(kind).at(-1);
    if (!found) throw new Error(`no ${kind} came, but ${JSON.stringify(this.frames)}`);
    return found;
  }

  forget(): void {
    this.frames.length = 0;
  }
}

export type Guest = { readonly person: PersonId; readonly login: LoginId; readonly token: string };
export type GatewayWorld = Awaited<ReturnType<typeof openGateway>>;

/** The whole gateway over memory adapters, in a world whose clock is turned by hand. */
export async function openGateway(more: Partial<GatewayLimits> = {}, { framesBurst = 800, sendsBurst = 200 } = {}) {
  return openNode(more, { framesBurst, sendsBurst }, { ...newCommon(), net: null }, 'one');
}

/** Several gateways on the same stores, which hear of each other what they follow. */
export async function openGateways(nodes: readonly string[], more: Partial<GatewayLimits> = {}) {
  const common = { ...newCommon(), net: new MemoryNet() };
  return Promise.all(nodes.map((node) => openNode(more, { framesBurst: 800, sendsBurst: 200 }, common, node)));
}

type Common = ReturnType<typeof newCommon> & { readonly net: MemoryNet | null };

function newCommon() {
  return {
    environment: new ManualEnvironment(1),
    store: new MemoryLogStore(),
    directory: new MemoryDirectory(),
    registers: new MemoryRegisterStore(),
    tokens: new MemoryAccessTokens(),
  };
}

async function openNode(
  more: Partial<GatewayLimits>,
  { framesBurst, sendsBurst }: { readonly framesBurst: number; readonly sendsBurst: number },
  { environment, store, directory, registers, tokens, net }: Common,
  node: string,
) {
  const { monotonic } = environment;
  const bus = new CuttableBus(net);
  const authenticator = new Authenticator({ directory, tokens, bus, environment });
  const settings = new PersonSettings({ registers, bus, environment, keptMax: 1_000 });
  const owners = new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax: 1_000, marksKept: 64, limits });
  const faults: unknown[] = [];
  const sharing = net && new LimitSharing({ node, bus, environment, remindEveryMs: 10_000, nodeCount: () => net.buses.size });
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
    sendRate: new RateLimit({ perSecond: 50, burst: sendsBurst, keysMax: 1_000, monotonic, shared: { name: 'sends', sharing } }),
    frameRate: new RateLimit({ perSecond: framesBurst / 4, burst: framesBurst, keysMax: 1_000, monotonic }),
    limits: {
      socketsPerPersonMax: 32,
      socketsPerAddressMax: 1_000,
      socketsMax: 1_000,
      pingIntervalMs: 10_000,
      offlineAfterMs: 25_000,
      slowConsumer: slowConsumerLimits,
      ...more,
    },
    reportFault: (fault) => faults.push(fault),
  });

  const logIn = async (person: PersonId, lifetimeMs: number = limits.accessTokenLifetimeMs): Promise<Guest> => {
    const login = environment.id() as LoginId;
    const at = environment.now();
    await directory.createLogin({ id: login, person, label: '', client: 'program', address: '', createdAt: at, lastUsedAt: at });
    return { person, login, token: await sign(person, login, lifetimeMs) };
  };
  const sign = async (person: PersonId, login: LoginId, lifetimeMs: number): Promise<string> => {
    const tokenVersion = (await directory.loadTokenVersion(person)) ?? 0;
    return tokens.sign({ person, login, tokenVersion, expiresAt: (environment.now() + lifetimeMs) as WallMs });
  };

  return {
    environment,
    bus,
    store,
    directory,
    owners,
    hub,
    tools,
    /** What was reported as broken; a test that expects nothing there says so. */
    faults,
    logIn,
    sign,

    async person(handle: string): Promise<Guest> {
      const id = environment.id() as PersonId;
      const names = { handle, handleKey: handle, displayName: handle, nameKey: handle, about: '' };
      await directory.createPerson({ id, ...names, emailKey: `${handle}@example.org`, passwordHash: '', createdAt: environment.now() });
      return logIn(id);
    },

    connect(address = '192.0.2.1'): Client {
      return new Client(environment, (transport) => {
        const connection = new Connection({ address, hub, tools, transport });
        hub.accept(connection);
        return connection;
      });
    },

    /** Connected and welcome. */
    async enter(guest: Pick<Guest, 'token'>, device = environment.id() as DeviceId): Promise<Client> {
      const client = this.connect();
      await client.say(helloOf(guest.token, device));
      expect(client.of('welcome')).toHaveLength(1);
      return client;
    },
  };
}

type Hello = Extract<ClientFrame, { kind: 'hello' }>;
export function helloOf(token: string, device: DeviceId, more: Partial<Hello> = {}): Hello {
  return { kind: 'hello', versions: [1], token, device, operationNumber: 0 as Hello['operationNumber'], client: 'test', ...more };
}

/** Opens the direct conversation. @returns its id and the position before anything was said */
export async function opened(client: Client, person: PersonId): Promise<{ conversation: ConversationId; head: Position }> {
  const answer = await client.ask({ kind: 'open', person });
  if (answer.kind !== 'opened') throw new Error(`not opened: ${JSON.stringify(answer)}`);
  return { conversation: answer.row.conversation, head: answer.row.head };
}

export async function said(client: Client, conversation: ConversationId, n: number, text: string, after: Position) {
  const operations = [{ n: n as never, kind: 'message' as const, body: { text }, after }];
  const answer = await client.ask({ kind: 'send', conversation, operations });
  if (answer.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(answer)}`);
  const [result] = answer.results;
  if (!result) throw new Error('no result');
  return result;
}
