import { EventHeap, type SimulatedEvent } from './event-heap.ts';
import { SeededRandom } from './seeded-random.ts';

/** A promise of Parlour was seen broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The conversation it happened in; null where it is about none, or about all. */
  readonly conversation: string | null;

  constructor(message: string, conversation: string | null) {
    super(message);
    this.conversation = conversation;
  }
}

type Step = { readonly atMs: number; readonly actor: string; readonly text: string };

export type WorldOptions = {
  readonly seed: number;
  /** Hears of each step as it happens. */
  readonly trace?: (line: string) => void;
};

const stepsKeptMax = 4_000;
/** Far more than any seed needs: beyond, somebody does something over and over. */
const eventsMax = 500_000;

/** Time, chance and what happens next: the only ones there are in a simulation. */
export class World {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly counters = new Map<string, number>();
  nowMs = 0;
  eventCount = 0;
  readonly #heap = new EventHeap();
  readonly #trace: ((line: string) => void) | undefined;
  readonly #steps: Step[] = [];
  #lastId = 0;
  #hashes: [number, number] = [0x811c9dc5, 0x01000193];
  #violation: Violation | null = null;

  constructor({ seed, trace }: WorldOptions) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.#trace = trace;
  }

  /** The same for the same seed, on every machine; over all events and all that was noted of them. */
  get traceHash(): string {
    return this.#hashes.map((hash) => (hash >>> 0).toString(16).padStart(8, '0')).join('');
  }

  after(delayMs: number, name: string, run: SimulatedEvent['run']): SimulatedEvent {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), id: ++this.#lastId, name, run, cancelled: false };
    this.#heap.push(event);
    return event;
  }

  count(name: string, times = 1): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + times);
  }

  /** Something that a reader of the trace wants to know. */
  note(actor: string, text: string): void {
    this.#hash(text);
    this.#steps.push({ atMs: this.nowMs, actor, text });
    if (this.#steps.length > stepsKeptMax * 2) this.#steps.splice(0, stepsKeptMax);
    this.#trace?.(presentStep({ atMs: this.nowMs, actor, text }));
  }

  /** The first that is seen ends the run; those after it are its consequences. */
  violate(message: string, conversation: string | null = null): void {
    this.#violation ??= new Violation(message, conversation);
  }

  check(holds: boolean, message: () => string, conversation: string | null = null): void {
    if (!holds) this.violate(message(), conversation);
  }

  /**
   * Runs events up to this time, or until `isDone`. After each of them everything that it set going in promises is worked off.
   * @throws Violation
   */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    while (!isDone()) {
      const event = this.#heap.pop();
      if (!event) break;
      if (event.atMs > untilMs) {
        this.#heap.push(event);
        break;
      }
      if (event.cancelled) continue;
      this.nowMs = event.atMs;
      this.eventCount++;
      this.check(this.eventCount <= eventsMax, () => `nothing comes to rest: ${eventsMax} events, the last of them ${event.name}`);
      this.#hash(event.name);
      await Promise.all([event.run(), endOfRealTurn()]);
      if (this.#violation) throw this.#violation;
    }
  }

  /** The last steps that touched a conversation, or the last of all. */
  lastSteps(conversation: string | null, count: number): string[] {
    const touching = this.#steps.filter(({ text }) => conversation === null || text.includes(conversation) || text.startsWith('!'));
    return touching.slice(-count).map(presentStep);
  }

  #hash(text: string): void {
    let [one, other] = this.#hashes;
    one = Math.imul(one ^ this.nowMs, 0x01000193);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      one = Math.imul(one ^ code, 0x01000193);
      other = Math.imul(other ^ (code + (other >>> 15)), 0x85ebca6b);
    }
    this.#hashes = [one, other];
  }
}

function presentStep({ atMs, actor, text }: Step): string {
  return `${(atMs / 1_000).toFixed(3).padStart(9)} ${actor.padEnd(8)} ${text}`;
}

/** By then all promises that could settle have settled. */
function endOfRealTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
