export type Frame = { readonly kind: string; readonly [key: string]: unknown };
/** How frames come and go. */
export type LineKind = 'WebSocket' | 'event stream';

const patienceMs = 60_000;

/** A client's end of a connection, whatever carries it. It can do what no decent client does. */
export abstract class Line implements Disposable {
  isClosed = false;
  /** Whether it says that it lives when it is asked; one that does not is soon taken for dead. */
  answersPings = false;
  #wake = Promise.withResolvers<void>();

  /** All that came, in its order. */
  abstract frames(): readonly Frame[];
  /** How often the server asked for a sign of life. */
  abstract pingCount(): number;
  /** The code that the other side closed with. */
  abstract closeCode(): number | null;
  abstract say(frame: object): void;
  /** All that is said meanwhile goes in one breath. */
  abstract together(say: () => void): void;
  /** Resolves once what was said is on its way. */
  abstract written(): Promise<void>;
  /** Does not read on. */
  abstract pause(): void;
  abstract resume(): void;
  /** Takes leave. @param code as of a WebSocket */
  abstract leave(code: number): void;
  /** Waits for the close, and answers it as a decent client does. @returns its code */
  abstract closed(withinMs?: number): Promise<number>;
  /** Breaks, without a word. */
  abstract [Symbol.dispose](): void;

  /** Waits until it is so, or fails with what came instead. */
  async until<T>(what: string, look: () => T | undefined | false, withinMs = patienceMs): Promise<T> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, withinMs);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined && found !== false) return found;
        const told = await Promise.race([this.#wake.promise.then(() => true), late.promise.then(() => false)]);
        if (!told)
          throw new Error(
            `${what} did not come within ${withinMs} ms; closed: ${this.isClosed}, came: ${JSON.stringify(this.frames().slice(-20)).slice(0, 2_000)}`,
          );
      }
    } finally {
      clearTimeout(timer);
    }
  }

  frame(kind: string, withinMs?: number): Promise<Frame> {
    return this.until(kind, () => this.frames().find((frame) => frame.kind === kind), withinMs);
  }

  /** Something came, or it is over. */
  protected wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
