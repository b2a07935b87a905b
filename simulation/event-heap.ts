export type SimulatedEvent = {
  readonly atMs: number;
  /** Given in the order of scheduling, so events of one moment have an order too. */
  readonly id: number;
  readonly name: string;
  readonly run: () => void | Promise<void>;
  cancelled: boolean;
};

/** What is to happen, the earliest first; a binary heap ordered by (time, id). */
export class EventHeap {
  readonly #events: SimulatedEvent[] = [];

  get length(): number {
    return this.#events.length;
  }

  push(event: SimulatedEvent): void {
    let place = this.#events.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  pop(): SimulatedEvent | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (!first || !last || this.#events.length === 0) return first;
    this.#events[0] = last;
    for (let place = 0; ; ) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#events.length && this.#isBefore(child, least)) least = child;
      }
      if (least === place) return first;
      this.#swap(place, least);
      place = least;
    }
  }

  #isBefore(place: number, other: number): boolean {
    const one = this.#events[place] as SimulatedEvent;
    const two = this.#events[other] as SimulatedEvent;
    return one.atMs < two.atMs || (one.atMs === two.atMs && one.id < two.id);
  }

  #swap(place: number, other: number): void {
    const one = this.#events[place] as SimulatedEvent;
    this.#events[place] = this.#events[other] as SimulatedEvent;
    this.#events[other] = one;
  }
}
