import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { Command } from './commands.ts';
import type { Signals, TabNet } from './platform.ts';
import { refuseHere } from './refusal.ts';
import type { TabMessage } from './tab-messages.ts';

/** A visible tab that hears nothing from the leader for this long takes over. */
const answerMs = 500;
const probeEveryMs = 5_000;
/** Commands of one tab that wait for the leader; more are refused as `requests_full`. */
const commandsMax = 256;

export type TabRoleHooks = {
  /** Resolves once this tab leads, or cannot. */
  readonly lead: () => Promise<void>;
  readonly stopLeading: () => void;
  readonly runAsLeader: (command: Command) => Promise<unknown>;
  readonly received: (message: TabMessage) => void;
};

type Pending = { readonly command: Command; readonly resolve: (result: unknown) => void; cancel: CancelTimer };

/**
 * [SDK-60] Which tab leads. The lock, or else whoever answers; a visible tab that gets no answer takes over, and the epoch in the store
 * fences the one it took over from. Commands that were not answered go to whoever leads next.
 */
export class TabRole {
  readonly #tabs: TabNet;
  readonly #environment: Environment;
  readonly #signals: Signals;
  readonly #tab: string;
  readonly #hooks: TabRoleHooks;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isLeader = false;
  #taking = false;
  #giveBack = () => {};
  #lastClaim = 0;
  #cancelProbe = () => {};
  #unsubscribe: (() => void)[] = [];
  #closed = false;

  constructor({
    tabs,
    environment,
    signals,
    tab,
    hooks,
  }: { tabs: TabNet; environment: Environment; signals: Signals; tab: string; hooks: TabRoleHooks }) {
    this.#tabs = tabs;
    this.#environment = environment;
    this.#signals = signals;
    this.#tab = tab;
    this.#hooks = hooks;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  start(): void {
    this.#unsubscribe = [
      this.#tabs.subscribe((message) => this.#take(message as TabMessage)),
      this.#signals.subscribe((signal) => {
        if (signal === 'visible' && !this.#isLeader) this.#probe();
      }),
    ];
    this.#claimLock('request');
    this.#probe();
  }

  run(command: Command): Promise<unknown> {
    if (this.#isLeader) return this.#hooks.runAsLeader(command);
    return new Promise((resolve) => {
      if (this.#pending.size >= commandsMax) return resolve(refuseHere('requests_full', { commandsMax }));
      const id = ++this.#lastId;
      const pending: Pending = { command, resolve, cancel: () => {} };
      this.#pending.set(id, pending);
      this.#ask(id, pending);
    });
  }

  post(message: TabMessage): void {
    if (!this.#closed) this.#tabs.post(message);
  }

  /** Another tab has a higher epoch in the store. */
  fenced(): void {
    if (!this.#isLeader) return;
    this.#isLeader = false;
    this.#hooks.stopLeading();
    this.#claimLock('request');
    this.#probe();
  }

  close(): void {
    if (this.#isLeader) this.post({ kind: 'left' });
    this.#closed = true;
    for (const end of this.#unsubscribe) end();
    for (const { cancel, resolve } of this.#pending.values()) {
      cancel();
      resolve(refuseHere('client_closed'));
    }
    this.#cancelProbe();
    this.#giveBack();
    this.#tabs.close();
  }

  /** One claim at a time: what became of an earlier one is nothing any more, or a tab would take the lock from itself over and over. */
  #claimLock(how: 'request' | 'steal'): void {
    const { lock } = this.#tabs;
    if (!lock || this.#closed) return;
    this.#giveBack();
    const claim = ++this.#lastClaim;
    this.#giveBack = lock[how](
      () => {
        if (claim === this.#lastClaim) void this.#lead();
      },
      () => {
        if (claim === this.#lastClaim) this.fenced();
      },
    );
  }

  /** Is anybody there? */
  #probe(): void {
    this.#cancelProbe();
    if (this.#closed || this.#isLeader) return;
    this.post({ kind: 'who_leads' });
    this.#cancelProbe = this.#environment.timer(answerMs, () => {
      if (this.#signals.isVisible()) this.#takeOver();
    });
  }

  #takeOver(): void {
    if (this.#isLeader || this.#taking || this.#closed) return;
    if (this.#tabs.lock) this.#claimLock('steal');
    else void this.#lead();
  }

  async #lead(): Promise<void> {
    if (this.#isLeader || this.#taking || this.#closed) return;
    this.#taking = true;
    this.#cancelProbe();
    await this.#hooks.lead();
    this.#taking = false;
    this.#isLeader = true;
    for (const [id, { command, resolve, cancel }] of this.#pending) {
      cancel();
      this.#pending.delete(id);
      void this.#hooks.runAsLeader(command).then(resolve);
    }
  }

  #ask(id: number, pending: Pending): void {
    this.post({ kind: 'command', tab: this.#tab, id, command: pending.command });
    pending.cancel = this.#environment.timer(answerMs, () => {
      if (this.#signals.isVisible()) this.#takeOver();
    });
  }

  #take(message: TabMessage): void {
    if (this.#closed) return;
    switch (message.kind) {
      case 'leading':
        this.#someoneLeads();
        break;
      case 'left':
        this.#probe();
        break;
      case 'command':
        if (this.#isLeader) void this.#answer(message);
        break;
      case 'heard':
        if (message.tab === this.#tab) this.#pending.get(message.id)?.cancel();
        break;
      case 'answer':
        if (message.tab === this.#tab) this.#resolve(message.id, message.result);
        break;
      default:
        break;
    }
    this.#hooks.received(message);
  }

  #someoneLeads(): void {
    this.#cancelProbe();
    if (this.#isLeader) return;
    this.#cancelProbe = this.#environment.timer(probeEveryMs, () => this.#probe());
  }

  /** A new leader does not know what the old one was asked. */
  askAgain(): void {
    for (const [id, pending] of this.#pending) {
      pending.cancel();
      this.#ask(id, pending);
    }
  }

  async #answer({ tab, id, command }: Extract<TabMessage, { kind: 'command' }>): Promise<void> {
    this.post({ kind: 'heard', tab, id });
    const result = await this.#hooks.runAsLeader(command);
    this.post({ kind: 'answer', tab, id, result });
  }

  #resolve(id: number, result: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    pending.cancel();
    pending.resolve(result);
  }
}
