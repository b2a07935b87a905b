import type { Environment } from '@parlour/core/environment';
import type { MonotonicMs, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import type { Command } from './commands.ts';
import type { Signal, TabLock, TabNet } from './platform.ts';
import { isRefused } from './refusal.ts';
import type { TabMessage } from './tab-messages.ts';
import { TabRole } from './tab-role.ts';

/** Tabs of one browser on a clock that is turned by hand. */
class Browser {
  #now = 0;
  #alarms: { at: number; callback: () => void; isOff: boolean }[] = [];
  readonly #tabs: Tab[] = [];
  readonly #waiting: { onHeld: () => void; onLost: () => void }[] = [];
  #holder: { onHeld: () => void; onLost: () => void } | null = null;

  readonly environment: Environment = {
    now: () => this.#now as WallMs,
    monotonic: () => this.#now as MonotonicMs,
    random: () => 0.5,
    id: () => `${this.#tabs.length}`,
    timer: (delayMs, callback) => {
      const alarm = { at: this.#now + delayMs, callback, isOff: false };
      this.#alarms.push(alarm);
      return () => {
        alarm.isOff = true;
      };
    },
    endOfTurn: (callback) => void this.environment.timer(0, callback),
  };

  readonly lock: TabLock = {
    request: (onHeld, onLost) => this.#take({ onHeld, onLost }, false),
    steal: (onHeld, onLost) => this.#take({ onHeld, onLost }, true),
  };

  open({ withLock }: { withLock: boolean }): Tab {
    const tab = new Tab(this, withLock ? this.lock : null, `tab ${this.#tabs.length}`);
    this.#tabs.push(tab);
    tab.role.start();
    return tab;
  }

  tell(from: Tab, message: TabMessage): void {
    for (const tab of this.#tabs) {
      if (tab !== from) this.environment.timer(1, () => tab.hear(structuredClone(message)));
    }
  }

  async turn(forMs: number): Promise<void> {
    const until = this.#now + forMs;
    for (;;) {
      this.#alarms = this.#alarms.filter(({ isOff }) => !isOff).sort((one, other) => one.at - other.at);
      const next = this.#alarms[0];
      if (!next || next.at > until) break;
      this.#alarms.shift();
      this.#now = next.at;
      next.callback();
      for (let turns = 0; turns < 10; turns++) await Promise.resolve();
    }
    this.#now = until;
  }

  #take(one: { onHeld: () => void; onLost: () => void }, isTheft: boolean): () => void {
    const lost = isTheft ? this.#holder : null;
    if (isTheft) {
      this.#holder = one;
      this.environment.timer(1, one.onHeld);
      if (lost) this.environment.timer(1, lost.onLost);
    } else this.#waiting.push(one);
    this.#grant();
    return () => {
      if (this.#waiting.includes(one)) this.#waiting.splice(this.#waiting.indexOf(one), 1);
      if (this.#holder === one) this.#holder = null;
      this.#grant();
    };
  }

  #grant(): void {
    if (this.#holder || this.#waiting.length === 0) return;
    this.#holder = this.#waiting.shift() ?? null;
    if (this.#holder) this.environment.timer(1, this.#holder.onHeld);
  }
}

class Tab {
  readonly role: TabRole;
  readonly ran: Command[] = [];
  isFrozen = false;
  isVisible = true;
  epoch = 0;
  readonly #listeners = new Set<(message: unknown) => void>();
  readonly #unheard: TabMessage[] = [];
  readonly #signals = new Set<(signal: Signal) => void>();

  constructor(browser: Browser, lock: TabLock | null, name: string) {
    const tabs: TabNet = {
      post: (message) => browser.tell(this, message as TabMessage),
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      lock,
      close: () => this.#listeners.clear(),
    };
    const signals = {
      isVisible: () => this.isVisible && !this.isFrozen,
      subscribe: (listener: (signal: Signal) => void) => {
        this.#signals.add(listener);
        return () => void this.#signals.delete(listener);
      },
    };
    const leading = () => this.role.post({ kind: 'leading', epoch: this.epoch, shared: null as never });
    const hooks = {
      lead: async () => {
        this.epoch += 1;
        leading();
      },
      stopLeading: () => {},
      runAsLeader: async (command: Command) => {
        this.ran.push(command);
        return `${name} ran ${command.do}`;
      },
      received: (message: TabMessage) => {
        if (message.kind === 'who_leads' && this.role.isLeader) leading();
        if (message.kind === 'leading' && this.role.isLeader && message.epoch > this.epoch) this.role.fenced();
        if (message.kind === 'leading') this.epoch = Math.max(this.epoch, message.epoch);
      },
    };
    this.role = new TabRole({ tabs, environment: browser.environment, signals, tab: name, hooks });
  }

  hear(message: TabMessage): void {
    if (this.isFrozen) this.#unheard.push(message);
    else for (const listener of [...this.#listeners]) listener(message);
  }

  /** What came while it was frozen was kept for it. */
  thaw(): void {
    this.isFrozen = false;
    for (const message of this.#unheard.splice(0)) this.hear(message);
  }

  show(): void {
    this.isVisible = true;
    for (const listener of [...this.#signals]) listener('visible');
  }
}

const leaders = (...tabs: Tab[]) => tabs.filter(({ role }) => role.isLeader);

describe.each([{ withLock: true }, { withLock: false }])('tabs (locks: $withLock)', (options) => {
  async function openTwo() {
    const browser = new Browser();
    const first = browser.open(options);
    await browser.turn(1_000);
    const second = browser.open(options);
    await browser.turn(1_000);
    return { browser, first, second };
  }

  test('[SDK-60] the first tab leads, the second follows and is answered', async () => {
    const { browser, first, second } = await openTwo();
    expect(leaders(first, second)).toEqual([first]);
    const answer = second.role.run({ do: 'roused' });
    await browser.turn(100);
    expect(await answer).toBe('tab 0 ran roused');
  });

  test('[SDK-60] a visible tab that gets no answer takes over within a second and does it itself', async () => {
    const { browser, first, second } = await openTwo();
    first.isFrozen = true;
    const answer = second.role.run({ do: 'roused' });
    await browser.turn(1_000);
    expect(second.role.isLeader).toBe(true);
    expect(await answer).toBe('tab 1 ran roused');
    first.thaw();
    await browser.turn(6_000);
    expect(leaders(first, second)).toEqual([second]);
  });

  test('[SDK-60] a hidden tab waits until somebody looks at it', async () => {
    const { browser, first, second } = await openTwo();
    first.isFrozen = true;
    second.isVisible = false;
    void second.role.run({ do: 'roused' });
    await browser.turn(10_000);
    expect(second.role.isLeader).toBe(false);
    second.show();
    await browser.turn(1_000);
    expect(second.role.isLeader).toBe(true);
    expect(second.ran).toEqual([{ do: 'roused' }]);
  });

  test('[SDK-60] when the leader closes, another one leads', async () => {
    const { browser, first, second } = await openTwo();
    first.role.close();
    await browser.turn(1_000);
    expect(second.role.isLeader).toBe(true);
  });

  test('[SDK-60] commands that wait are bounded, and a closed tab answers them', async () => {
    const { browser, first, second } = await openTwo();
    first.isFrozen = true;
    second.isVisible = false;
    const answers = Array.from({ length: 257 }, () => second.role.run({ do: 'roused' }));
    expect(await answers.at(-1)).toMatchObject({ refused: 'requests_full' });
    second.role.close();
    await browser.turn(10);
    expect((await Promise.all(answers)).every(isRefused)).toBe(true);
  });
});
