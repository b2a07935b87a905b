import type { CancelTimer } from '@parlour/core/environment';
import { type ErrorCode, isRefusal, type Refusal, refuse, StorageFailure } from '@parlour/core/errors';
import type { ConversationId, DeviceId, MonotonicMs, OperationNumber, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Hello } from '@parlour/protocol/client/hello';
import { type ClientFrame, type ClientFrameKind, clientFrames } from '@parlour/protocol/client-frame';
import { chooseVersion } from '@parlour/protocol/version';
import type { Person } from '../ports/directory.ts';
import { presentPerson } from '../present/present-row.ts';
import type { Identity } from '../usecases/authenticate.ts';
import type { Settings } from '../usecases/person-settings.ts';
import { handleFrame } from './frame-handlers.ts';
import type { GatewayTools } from './gateway-tools.ts';
import type { Hub } from './hub.ts';
import { Outgoing, type Transport } from './outgoing.ts';
import { closeCodeOf, presentErrorFrame, presentFrame } from './present-frame.ts';
import type { FrameBatch, SharedFrame } from './shared-frame.ts';

/** Requests of one socket that may be under way at once; one more is refused as `too_busy`. */
const requestsMax = 64;
/** When whoever has too many sockets may try again. */
const overCapRetryMs = 5_000;
const typingRemembered = 16;
/** What may be answered at length; a socket that does not take what it asked for is not given more of it. */
const atLength: ReadonlySet<ClientFrameKind> = new Set(['open', 'pull', 'sync', 'list', 'look_up', 'ask_people', 'pull_registers']);

/** Who is at the other end, once the first frame has said and proved it. */
export type Guest = { readonly identity: Identity; readonly device: DeviceId; settings: Settings };

type Welcomed = {
  readonly guest: Guest;
  readonly own: Person;
  readonly operationNumber: OperationNumber;
  readonly version: ReturnType<typeof chooseVersion> & number;
};

type RequestFrame = Exclude<ClientFrame, { kind: 'hello' }>;

type State =
  | { readonly is: 'greeting' }
  | { readonly is: 'authenticating' }
  | { readonly is: 'open'; readonly guest: Guest }
  | { readonly is: 'closed' };

/** One socket from its first frame to its end. Knows nothing of sockets but `Transport`, so that a simulated world can hold the other end. */
export class Connection {
  readonly address: string;
  readonly #hub: Hub;
  readonly #tools: GatewayTools;
  readonly #transport: Transport;
  readonly #outgoing: Outgoing;
  #state: State = { is: 'greeting' };
  #cancelHelloTimer: CancelTimer | null;
  #requestCount = 0;
  /** Requests with long answers; the first is being served. */
  readonly #atLength: RequestFrame[] = [];
  #isServingAtLength = false;
  #typedAt: Map<ConversationId, MonotonicMs> | null = null;
  lastSignAt: MonotonicMs;
  lastPingAt: MonotonicMs;
  lastCheckAt: MonotonicMs;
  /** Counts the wishes to watch, so that of two under way the later one holds. */
  watchCount = 0;
  /** When it is to be told to sync, as notices may have been missed; null while none were. */
  resyncDueAt: MonotonicMs | null = null;
  /** People whose presence this socket wants to know. */
  watched: readonly PersonId[] = [];

  constructor({
    address,
    hub,
    tools,
    transport,
  }: { readonly address: string; readonly hub: Hub; readonly tools: GatewayTools; readonly transport: Transport }) {
    this.address = address;
    this.#hub = hub;
    this.#tools = tools;
    this.#transport = transport;
    this.#outgoing = new Outgoing(transport, tools.limits.slowConsumer);
    const now = tools.environment.monotonic();
    this.lastSignAt = now;
    this.lastPingAt = now;
    this.lastCheckAt = now;
    this.#cancelHelloTimer = tools.environment.timer(limits.helloTimeoutMs, () => this.end('hello_timeout'));
  }

  get guest(): Guest | null {
    return this.#state.is === 'open' ? this.#state.guest : null;
  }

  get isClosed(): boolean {
    return this.#state.is === 'closed';
  }

  /** Any sign of life: a frame, or the answer to a ping. */
  sign(): void {
    this.lastSignAt = this.#tools.environment.monotonic();
  }

  receive(text: string): void {
    if (this.#state.is === 'closed') return;
    this.sign();
    const frame = parseFrame(text);
    if (isRefusal(frame)) return this.#refuseFrame(frame);
    if (this.#state.is === 'open') return this.#receiveOpen(frame, this.#state.guest);
    if (this.#state.is === 'authenticating' || frame.kind !== 'hello') return this.end('hello_expected');
    this.#state = { is: 'authenticating' };
    this.#greet(frame).catch((fault) => this.#failed(fault, 'hello'));
  }

  /** The other side is gone. `clean`: it said so. */
  closed(clean: boolean): void {
    this.#leave(clean);
  }

  /** Ends the connection, saying why. */
  end(code: ErrorCode, retryAfterMs?: number): void {
    if (this.#state.is === 'closed') return;
    const refusal = retryAfterMs === undefined ? refuse(code) : { ...refuse(code), retryAfterMs };
    this.#write(presentErrorFrame(refusal, {}));
    this.#outgoing.flush();
    this.#transport.close(closeCodeOf(code), code);
    this.#leave(true);
  }

  /** [CAP-1] The person has as many sockets as they may. */
  endOverCap(): void {
    this.end('too_many_connections', overCapRetryMs);
  }

  /** An answer, or a notice that must not be lost while the socket keeps up. */
  answer(frame: SharedFrame): void {
    if (this.#state.is === 'closed') return;
    if (this.#outgoing.isFull()) this.cut('slow_consumer');
    else this.#write(frame);
  }

  /** Entries or the head of a conversation: shrinks to a notice where the socket is slow. */
  tell(conversation: ConversationId, frame: SharedFrame, head: () => SharedFrame): void {
    if (this.#state.is === 'closed') return;
    if (this.#outgoing.takesEntries(this.#tools.environment.monotonic())) this.#write(frame);
    else this.#outgoing.holdHead(conversation, head());
  }

  /** Told now or, where the socket is slow, by the sync that follows when it has drained. */
  tellOrSync(frame: SharedFrame): void {
    if (this.#state.is === 'closed') return;
    if (this.#outgoing.takesEntries(this.#tools.environment.monotonic())) this.#write(frame);
    else this.#outgoing.holdSync();
  }

  /** Worth nothing later: dropped where the socket is slow. */
  hint(frame: SharedFrame): void {
    if (this.#state.is !== 'closed' && this.#outgoing.takesHints()) this.#write(frame);
  }

  flush(): void {
    if (this.#state.is !== 'closed') this.#outgoing.flush();
  }

  ping(now: MonotonicMs): void {
    this.lastPingAt = now;
    this.#transport.ping();
  }

  /** Looks after a slow socket. @returns whether it is beyond help */
  relieve(now: MonotonicMs): boolean {
    if (!this.#outgoing.isSlow) return false;
    const held = this.#outgoing.drained();
    if (!held) return this.#outgoing.isHopeless(now);
    for (const head of held.heads) this.#write(head);
    if (held.syncNeeded) this.#write(presentFrame({ kind: 'resync' }));
    return false;
  }

  /** Ends a connection that takes nothing: a farewell would wait behind what is not taken. */
  cut(code: ErrorCode): void {
    if (this.#state.is === 'closed') return;
    this.#transport.close(closeCodeOf(code), code);
    this.#transport.destroy();
    this.#leave(true);
  }

  renewIdentity(identity: Identity): void {
    if (this.#state.is === 'open') this.#state = { is: 'open', guest: { ...this.#state.guest, identity } };
  }

  /** [TYPE-1] At most one sign of typing per conversation in 2 s passes. */
  mayType(conversation: ConversationId): boolean {
    const now = this.#tools.environment.monotonic();
    this.#typedAt ??= new Map();
    const typedAt = this.#typedAt.get(conversation);
    if (typedAt !== undefined && now - typedAt < limits.typingIntervalMs * 0.9) return false;
    if (this.#typedAt.size >= typingRemembered) {
      for (const [other, at] of this.#typedAt) if (now - at >= limits.typingIntervalMs) this.#typedAt.delete(other);
      // Nobody writes in so many places at once.
      if (this.#typedAt.size >= typingRemembered) return false;
    }
    this.#typedAt.set(conversation, now);
    return true;
  }

  #receiveOpen(frame: ClientFrame, guest: Guest): void {
    if (frame.kind === 'hello') return this.end('malformed');
    const wait = this.#tools.frameRate.take(guest.device, 1) || this.#hub.waitBefore(frame.kind, guest.device);
    const place = placeOf(frame);
    if (wait > 0) return this.answer(presentErrorFrame({ ...refuse('too_many_requests'), retryAfterMs: wait }, place));
    if (this.#requestCount >= requestsMax) return this.#refuseForNow(place);
    this.#requestCount++;
    if (!atLength.has(frame.kind)) return void this.#serve(frame, guest);
    this.#atLength.push(frame);
    if (!this.#isServingAtLength) this.#serveAtLength(guest);
  }

  /** One after the other, each when the answer before it is on its way: so they cost one answer's memory, however many are asked for at once. */
  #serveAtLength(guest: Guest): void {
    const frame = this.#state.is === 'closed' ? undefined : this.#atLength.shift();
    // Until the turn after an answer is over the next one is still to come: whoever asks meanwhile must not begin it as well.
    this.#isServingAtLength = frame !== undefined;
    if (!frame) return;
    const next = (): void => this.#tools.environment.endOfTurn(() => this.#serveAtLength(guest));
    if (this.#outgoing.takesAnswersAtLength(this.#tools.environment.monotonic())) return void this.#serve(frame, guest).then(next);
    this.#requestCount--;
    this.#refuseForNow(placeOf(frame));
    next();
  }

  async #serve(frame: RequestFrame, guest: Guest): Promise<void> {
    try {
      const answer = await handleFrame(this, guest, frame, this.#tools);
      if (answer) this.answer(answer);
    } catch (fault) {
      this.answer(presentErrorFrame(this.#refusalOf(fault, frame.kind), placeOf(frame)));
    } finally {
      this.#requestCount--;
    }
  }

  #refuseForNow(place: { readonly re?: number }): void {
    this.answer(presentErrorFrame({ ...refuse('too_busy'), retryAfterMs: 1_000 }, place));
  }

  async #greet(hello: Hello): Promise<void> {
    const version = chooseVersion(hello.versions);
    if (version === null) return this.end('version_unsupported');
    const { authenticator, directory, settings, store, environment } = this.#tools;
    const identity = await authenticator.verifyAccessToken(hello.token);
    if (isRefusal(identity)) return this.end(identity.refused);
    const { person, login } = identity;
    const bound = await directory.bindDevice(hello.device, { person, login, at: environment.now() });
    if (bound === 'foreign') return this.end('device_foreign');
    const [own] = await directory.loadPeople([person]);
    if (!own) return this.end('login_ended');
    // What is told from here on is heard here; what was told before, the client finds by its first sync.
    const following = this.#hub.follow(person);
    const unfollow = following && (await following);
    try {
      const guest: Guest = { identity, device: hello.device, settings: await settings.load(person) };
      const operationNumber = await store.loadHighestOperationNumber(hello.device);
      if (this.#state.is === 'authenticating') this.#welcome({ guest, own, operationNumber, version });
    } finally {
      unfollow?.();
    }
  }

  #welcome({ guest, own, operationNumber, version }: Welcomed): void {
    const { identity, device } = guest;
    const { environment } = this.#tools;
    this.#cancelHelloTimer?.();
    this.#cancelHelloTimer = null;
    this.#state = { is: 'open', guest };
    // A login that ended while this one greeted found no socket to end: the next sweep looks.
    this.lastCheckAt = Number.NEGATIVE_INFINITY as MonotonicMs;
    if (!this.#hub.enter(this, guest)) return this.endOverCap();
    this.#write(
      presentFrame({
        kind: 'welcome',
        version,
        person: presentPerson(own),
        device,
        login: identity.login,
        operationNumber,
        serverTime: environment.now(),
        tokenExpiresAt: identity.expiresAt,
        pingIntervalMs: this.#tools.limits.pingIntervalMs,
        limits: {
          textLengthMax: limits.textLengthMax,
          frameSizeBytesMax: limits.frameSizeBytesMax,
          operationsPerSendMax: limits.operationsPerSendMax,
          entriesPerRangeMax: limits.entriesPerRangeMax,
          presenceWatchMax: limits.presenceWatchMax,
        },
      }),
    );
  }

  /** [FRAME-1] What is not a frame of the protocol ends the connection: a client that sends it is broken or hostile, and either way is better told at once. */
  #refuseFrame({ refused }: Refusal<'malformed' | 'unknown_kind'>): void {
    this.end(this.#state.is === 'open' ? refused : 'hello_expected');
  }

  #failed(fault: unknown, where: string): void {
    const { refused } = this.#refusalOf(fault, where);
    this.end(refused === 'storage_unavailable' ? 'internal' : refused, 1_000);
  }

  #refusalOf(fault: unknown, where: string): Refusal & { readonly retryAfterMs?: number } {
    if (fault instanceof StorageFailure) return { ...refuse('storage_unavailable'), retryAfterMs: fault.retryAfterMs };
    this.#tools.reportFault(fault, where);
    return refuse('internal');
  }

  #leave(clean: boolean): void {
    if (this.#state.is === 'closed') return;
    const guest = this.guest;
    this.#state = { is: 'closed' };
    this.#cancelHelloTimer?.();
    this.#cancelHelloTimer = null;
    this.#hub.leave(this, guest, clean);
  }

  #write(frame: SharedFrame): void {
    if (this.#outgoing.add(frame, this.#hub.batchRoot as FrameBatch)) this.#hub.flushAtEndOfTurn(this);
  }
}

function placeOf(frame: ClientFrame): { readonly re?: number } {
  return 'id' in frame ? { re: frame.id } : {};
}

/** [FRAME-2] Bounded by the size the socket takes; deep nesting and foreign keys end at the schema. */
function parseFrame(text: string): ClientFrame | Refusal<'malformed' | 'unknown_kind'> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('malformed');
  }
  if (typeof value !== 'object' || value === null || !('kind' in value) || typeof value.kind !== 'string') return refuse('malformed');
  if (!Object.hasOwn(clientFrames, value.kind)) return refuse('unknown_kind');
  const parsed = clientFrames[value.kind as keyof typeof clientFrames].safeParse(value);
  return parsed.success ? parsed.data : refuse('malformed');
}
