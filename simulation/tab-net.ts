import type { TabLock, TabNet } from '../packages/sdk/src/platform.ts';
import type { Actor } from './actor.ts';

/** One tab's wait for the lock, or its hold on it. */
type Claim = {
  readonly tab: Actor;
  readonly onHeld: () => void;
  readonly onLost: () => void;
  state: 'waiting' | 'granted' | 'held' | 'over';
};

type Listener = { readonly tab: Actor; readonly hear: (message: unknown) => void; lastAtMs: number };

/** Between the tabs of one browser: a channel that loses nothing between those that live, and one lock, as browsers have them. */
export class TabNets {
  readonly #listeners = new Set<Listener>();
  #holder: Claim | null = null;
  #waiting: Claim[] = [];

  /** For one life of a tab. */
  of(tab: Actor): TabNet {
    const own = new Set<Listener>();
    // Where it died in the middle of its own doing, what it does before that comes to an end is of no life.
    const lives = tab.thisLife();
    return {
      post: (message) => {
        if (lives()) this.#post(tab, message);
      },
      subscribe: (hear) => {
        const listener = { tab, hear, lastAtMs: 0 };
        own.add(listener);
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      lock: this.#lockOf(tab, lives),
      close: () => {
        for (const listener of own) this.#listeners.delete(listener);
      },
    };
  }

  /** A tab is gone: what it held or waited for, it does no more. */
  died(tab: Actor): void {
    for (const listener of this.#listeners) if (listener.tab === tab) this.#listeners.delete(listener);
    this.#waiting = this.#waiting.filter((claim) => claim.tab !== tab);
    if (this.#holder?.tab === tab) this.#release(this.#holder);
  }

  /** Each listener hears in the order in which things were said, and each takes its own time. */
  #post(from: Actor, message: unknown): void {
    for (const listener of this.#listeners) {
      const { tab, hear } = listener;
      if (tab === from) continue;
      const copy = structuredClone(message);
      const { nowMs, random } = tab.world;
      listener.lastAtMs = Math.max(listener.lastAtMs, nowMs + random.between(0, 4));
      tab.later(listener.lastAtMs - nowMs, 'tab message', () => {
        if (this.#listeners.has(listener)) hear(copy);
      });
    }
  }

  #lockOf(tab: Actor, lives: () => boolean): TabLock {
    const nothing = (): void => {};
    const claimOf = (onHeld: () => void, onLost: () => void): Claim => ({ tab, onHeld, onLost, state: 'waiting' });
    return {
      request: (onHeld, onLost) => {
        if (!lives()) return nothing;
        const claim = claimOf(onHeld, onLost);
        this.#waiting.push(claim);
        this.#grantNext();
        return () => this.#giveUp(claim);
      },
      steal: (onHeld, onLost) => {
        if (!lives()) return nothing;
        const claim = claimOf(onHeld, onLost);
        const before = this.#holder;
        if (before) this.#takeAway(before);
        this.#grant(claim);
        return () => this.#giveUp(claim);
      },
    };
  }

  #takeAway(claim: Claim): void {
    const wasHeld = claim.state === 'held';
    claim.state = 'over';
    claim.tab.world.count('tab lock taken from its holder');
    if (wasHeld) claim.tab.later(1, 'lock lost', claim.onLost);
  }

  #giveUp(claim: Claim): void {
    this.#waiting = this.#waiting.filter((other) => other !== claim);
    if (this.#holder === claim) this.#release(claim);
    claim.state = 'over';
  }

  #release(claim: Claim): void {
    claim.state = 'over';
    this.#holder = null;
    this.#grantNext();
  }

  #grantNext(): void {
    const next = this.#holder ? undefined : this.#waiting.shift();
    if (next) this.#grant(next);
  }

  #grant(claim: Claim): void {
    this.#holder = claim;
    claim.state = 'granted';
    claim.tab.later(1, 'lock held', () => {
      if (claim.state !== 'granted') return;
      claim.state = 'held';
      claim.onHeld();
    });
  }
}
