import type { Bus, Notice, Topic, Topics } from '../../ports/bus.ts';

/** What several buses of one process share, where there are several. */
export class MemoryNet {
  readonly buses = new Set<MemoryBus>();
}

/** Within one process: every subscriber hears every notice at once, in the order of publishing. */
export class MemoryBus implements Bus {
  readonly isShared: boolean;
  readonly #net: MemoryNet | null;
  readonly #receivers = new Set<(notice: Notice) => void>();
  readonly #gapListeners = new Set<() => void>();
  readonly #followed = new Map<Topic, number>();

  /** @param net of other nodes, who hear what they follow */
  constructor(net: MemoryNet | null = null) {
    this.#net = net;
    this.isShared = net !== null;
    net?.buses.add(this);
  }

  publish(notice: Notice, topics: Topics): void {
    this.#hear(notice);
    if (!this.#net) return;
    const to = topics();
    for (const bus of this.#net.buses) if (bus !== this && to.some((topic) => bus.#follows(topic))) bus.#hear(notice);
  }

  subscribe(receiver: (notice: Notice) => void): () => void {
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }

  get isBroken(): boolean {
    return false;
  }

  follow(topic: Topic): () => void {
    this.#followed.set(topic, (this.#followed.get(topic) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const count = (this.#followed.get(topic) ?? 1) - 1;
      if (count > 0) this.#followed.set(topic, count);
      else this.#followed.delete(topic);
    };
  }

  async settled(): Promise<boolean> {
    return true;
  }

  onGap(listener: () => void): () => void {
    this.#gapListeners.add(listener);
    return () => this.#gapListeners.delete(listener);
  }

  /** For whoever knows that others may have written, and were not heard. */
  gap(): void {
    for (const listener of this.#gapListeners) listener();
  }

  #follows(topic: Topic): boolean {
    return topic === 'everyone' || this.#followed.has(topic);
  }

  #hear(notice: Notice): void {
    for (const receiver of this.#receivers) receiver(notice);
  }
}
