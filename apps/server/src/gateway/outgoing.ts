import type { ConversationId, MonotonicMs } from '@parlour/core/ids';
import type { FrameBatch, SharedFrame } from './shared-frame.ts';

/** What a connection needs of its socket. */
export interface Transport {
  /** Bytes written that the other side has not taken yet. */
  bufferedBytes(): number;
  write(batch: FrameBatch): void;
  /** Asks for a sign of life. */
  ping(): void;
  /** Says why and ends; what was written before still goes out. */
  close(code: number, reason: string): void;
  /** Ends at once. */
  destroy(): void;
}

export type SlowConsumerLimits = {
  /** Beyond this, hints (typing, presence) are dropped. */
  readonly hintsBytesMax: number;
  /** Beyond this, entries are replaced by notices of the head, one a conversation. */
  readonly entriesBytesMax: number;
  /** Beyond this, the connection ends: answers are written whatever waits already, so this bounds a client that asks and does not read. */
  readonly answersBytesMax: number;
  /** How long a socket may stay beyond `entriesBytesMax`. */
  readonly undrainedMsMax: number;
};

export const slowConsumerLimits: SlowConsumerLimits = {
  hintsBytesMax: 65_536,
  entriesBytesMax: 1_048_576,
  answersBytesMax: 8_388_608,
  undrainedMsMax: 30_000,
};

/** Conversations whose heads are remembered for a slow socket; beyond, it is told to sync instead. */
const noticesMax = 256;

/**
 * What is due on one socket, written once a turn. [SLOW-1] A socket that does not take what is sent costs a bounded amount: first hints are dropped,
 * then entries shrink to one notice a conversation, and after 30 s the connection ends. [SLOW-2] Answers are written all the same, up to a bound:
 * meanwhile a client is refused what has large answers, and one that asks on without reading is cut off.
 */
export class Outgoing {
  readonly #transport: Transport;
  readonly #limits: SlowConsumerLimits;
  #batch: FrameBatch | null = null;
  /** Characters of the batch, which are at most its bytes. */
  #batchLength = 0;
  /** Heads that were held back, the newest of each conversation; null while the socket keeps up. */
  #heldHeads: Map<ConversationId, SharedFrame> | null = null;
  #heldMore = false;
  #slowSince: MonotonicMs | null = null;

  constructor(transport: Transport, limits: SlowConsumerLimits) {
    this.#transport = transport;
    this.#limits = limits;
  }

  get isSlow(): boolean {
    return this.#heldHeads !== null;
  }

  /** @returns whether this is the first frame of the turn, so that a flush must be asked for */
  add(frame: SharedFrame, root: FrameBatch): boolean {
    const isFirst = this.#batch === null;
    this.#batch = (this.#batch ?? root).with(frame);
    this.#batchLength += frame.text.length;
    return isFirst;
  }

  /** Whether the next long answer may be made: what waits is then at most three of them. */
  takesAnswersAtLength(now: MonotonicMs): boolean {
    return this.#transport.bufferedBytes() <= 2 * this.#limits.entriesBytesMax || this.takesEntries(now);
  }

  /** Whether an answer is too much. */
  isFull(): boolean {
    return this.#transport.bufferedBytes() + this.#batchLength > this.#limits.answersBytesMax;
  }

  /** Whether a hint may still be written. */
  takesHints(): boolean {
    return this.#heldHeads === null && this.#transport.bufferedBytes() <= this.#limits.hintsBytesMax;
  }

  /** Whether entries may still be written; where not, `holdHead` stands in for them. */
  takesEntries(now: MonotonicMs): boolean {
    if (this.#heldHeads) return false;
    if (this.#transport.bufferedBytes() <= this.#limits.entriesBytesMax) return true;
    this.#heldHeads = new Map();
    this.#slowSince = now;
    return false;
  }

  holdHead(conversation: ConversationId, head: SharedFrame): void {
    if (!this.#heldHeads) return;
    if (this.#heldHeads.size < noticesMax || this.#heldHeads.has(conversation)) this.#heldHeads.set(conversation, head);
    else this.#heldMore = true;
  }

  /** Something else was dropped that only a sync brings back. */
  holdSync(): void {
    this.#heldMore = true;
  }

  /** @returns what was held back, once the socket has drained; null while there is nothing to say */
  drained(): { readonly heads: readonly SharedFrame[]; readonly syncNeeded: boolean } | null {
    if (!this.#heldHeads || this.#transport.bufferedBytes() > this.#limits.hintsBytesMax) return null;
    const held = { heads: [...this.#heldHeads.values()], syncNeeded: this.#heldMore };
    this.#heldHeads = null;
    this.#heldMore = false;
    this.#slowSince = null;
    return held;
  }

  isHopeless(now: MonotonicMs): boolean {
    return this.#slowSince !== null && now - this.#slowSince > this.#limits.undrainedMsMax;
  }

  flush(): void {
    if (!this.#batch) return;
    const batch = this.#batch;
    this.#batch = null;
    this.#batchLength = 0;
    this.#transport.write(batch);
  }
}
