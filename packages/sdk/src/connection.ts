import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { MonotonicMs } from '@parlour/core/ids';
import type { Hello } from '@parlour/protocol/client/hello';
import type { ClientFrame } from '@parlour/protocol/client-frame';
import type { Welcome } from '@parlour/protocol/server/welcome';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  closeCodes,
  isBeingMade,
  stepConnection,
} from './connection-state.ts';
import { type ReceivedFrame, readFrame } from './frame-reading.ts';
import type { Connect, Socket } from './platform.ts';
import { isRefused, type OrRefusal } from './refusal.ts';
import { type AnswerOf, type Question, Requests } from './requests.ts';

/** Who asks something while the connection is being made waits for it this long. */
const makingMs = 3_000;

/** What browsers say of a socket that ended without a word. */
const brokenCode = 1006;

export type ConnectionHooks = {
  /** Fetches an access token; answers by an `authorized`, `authorization_failed` or `authorization_refused`. */
  readonly authorize: (fresh: boolean) => Promise<Extract<ConnectionEvent, { name: `authoriz${string}` }>>;
  readonly hello: () => Hello;
  readonly newDevice: () => Promise<void>;
  readonly forgetToken: () => void;
  readonly loginEnded: () => void;
  /** `behind`: the server knows more of this device than its store does, so the store must become a new device. */
  readonly welcomed: (welcome: Welcome) => 'fits' | 'behind';
  readonly received: (frame: ReceivedFrame) => void;
  readonly changed: (state: ConnectionState, before: ConnectionState) => void;
};

/** Does what the table of connection-state.ts says, on one socket at a time. What an older socket still says is not heard. */
export class Connection {
  readonly #environment: Environment;
  readonly #connect: Connect;
  readonly #url: () => string;
  readonly #hooks: ConnectionHooks;
  readonly #requests: Requests;
  #state: ConnectionState = { name: 'stopped' };
  #socket: Socket | null = null;
  #lastSignAt: MonotonicMs;
  #retryAfterMs: number | null = null;
  #cancelAlarm: CancelTimer = () => {};
  #mending: Promise<void> = Promise.resolve();
  /** Which attempt is asked about; an answer to an older one is not heard. */
  #authorization = 0;
  readonly #untilMade = new Set<() => void>();

  /** @param url asked for at each attempt, once it is authorized */
  constructor(environment: Environment, connect: Connect, url: () => string, hooks: ConnectionHooks) {
    this.#environment = environment;
    this.#connect = connect;
    this.#url = url;
    this.#hooks = hooks;
    this.#lastSignAt = environment.monotonic();
    this.#requests = new Requests(environment, (text) => this.#sendText(text));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isOnline(): boolean {
    return this.#state.name === 'online';
  }

  /** Asks on the open socket; `unreachable` where there is none or no answer comes. */
  ask<Q extends Question>(question: Q): Promise<OrRefusal<AnswerOf<Q['kind']>>> {
    return this.#requests.ask(question);
  }

  /** Resolves once the connection is not being made any more: it stands, or the attempt failed, or takes long. */
  whenMade(): Promise<void> {
    if (!isBeingMade(this.#state)) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#untilMade.delete(end);
        resolve();
      };
      const cancel = this.#environment.timer(makingMs, end);
      this.#untilMade.add(end);
    });
  }

  /** Says what has no answer; false where nobody is there to hear it. */
  say(frame: Extract<ClientFrame, { kind: 'mark' | 'type' | 'watch' }>): boolean {
    return this.#sendText(JSON.stringify(frame));
  }

  handle(event: ConnectionEvent): void {
    const before = this.#state;
    const context = { now: this.#environment.monotonic(), random: this.#environment.random() };
    const { state, effects } = stepConnection(before, event, context);
    this.#state = state;
    if (before.name === 'online' && state.name !== 'online') this.#requests.drop();
    for (const effect of effects) this.#do(effect);
    if (state !== before) this.#hooks.changed(state, before);
    if (!isBeingMade(this.#state)) for (const end of [...this.#untilMade]) end();
  }

  #sendText(text: string): boolean {
    if (!this.isOnline || !this.#socket) return false;
    this.#socket.send(text);
    return true;
  }

  #do(effect: ConnectionEffect): void {
    switch (effect.effect) {
      case 'authorize':
        void this.#authorize(effect.fresh);
        return;
      case 'open':
        this.#open();
        return;
      case 'hello':
        this.#socket?.send(JSON.stringify(this.#hooks.hello()));
        return;
      case 'ping':
        void this.#ping();
        return;
      case 'close': {
        const socket = this.#socket;
        this.#socket = null;
        socket?.close();
        return;
      }
      case 'alarm':
        this.#cancelAlarm();
        this.#cancelAlarm = this.#environment.timer(effect.afterMs, () => this.handle({ name: 'alarm', quietMs: this.#quietMs() }));
        return;
      case 'no_alarm':
        this.#cancelAlarm();
        return;
      case 'login_ended':
        this.#hooks.loginEnded();
        return;
      case 'forget_token':
        this.#hooks.forgetToken();
        return;
      case 'new_device':
        this.#mending = this.#hooks.newDevice();
        return;
    }
  }

  /** [SDK-31] Where no answer comes on a socket that lives on, what is said there arrives nowhere, whatever else comes. */
  async #ping(): Promise<void> {
    const socket = this.#socket;
    const answer = await this.#requests.ask({ kind: 'ping' });
    const isUnheard = isRefused(answer) && answer.refused === 'unreachable';
    if (isUnheard && socket !== null && socket === this.#socket)
      this.handle({ name: 'closed', code: brokenCode, retryAfterMs: this.#retryAfterMs });
  }

  async #authorize(fresh: boolean): Promise<void> {
    const authorization = ++this.#authorization;
    await this.#mending;
    const answer = await this.#hooks.authorize(fresh);
    if (authorization === this.#authorization) this.handle(answer);
  }

  #open(): void {
    this.#retryAfterMs = null;
    this.#lastSignAt = this.#environment.monotonic();
    const ifPresent = (handle: () => void) => {
      if (this.#socket === socket) handle();
    };
    const socket: Socket = this.#connect(this.#url(), {
      onOpen: () => ifPresent(() => this.handle({ name: 'opened' })),
      onText: (text) => ifPresent(() => this.#receive(text)),
      onClose: (code) => ifPresent(() => this.handle({ name: 'closed', code, retryAfterMs: this.#retryAfterMs })),
    });
    this.#socket = socket;
  }

  #receive(text: string): void {
    this.#lastSignAt = this.#environment.monotonic();
    const frame = readFrame(text);
    if (!frame) return;
    if (frame.kind === 'welcome') {
      const fits = this.#hooks.welcomed(frame) === 'fits';
      this.handle(fits ? { name: 'welcome' } : { name: 'closed', code: closeCodes.deviceForeign, retryAfterMs: null });
      return;
    }
    if (frame.kind === 'draining') this.handle({ name: 'draining', reconnectAfterMs: frame.reconnectAfterMs });
    if (frame.kind === 'error' && frame.retryAfterMs !== undefined) this.#retryAfterMs = frame.retryAfterMs;
    if (!this.#requests.answer(frame)) this.#hooks.received(frame);
  }

  #quietMs(): number {
    return this.#environment.monotonic() - this.#lastSignAt;
  }
}
