import type { Bus, Notice } from '../../ports/bus.ts';

/** Within one process: every subscriber hears every notice at once, in the order of publishing. */
export class MemoryBus implements Bus {
  readonly #receivers = new Set<(notice: Notice) => void>();

  publish(notice: Notice): void {
    for (const receiver of this.#receivers) receiver(notice);
  }

  subscribe(receiver: (notice: Notice) => void): () => void {
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }
}
