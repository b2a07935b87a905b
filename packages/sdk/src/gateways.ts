/** Asks where to connect, the best first; none where nobody says so. */
export type AskGateways = () => Promise<readonly string[]>;

/**
 * [SDK-34] Where the next socket is opened. The list that the server gave is gone through, and last the address that the client was given; then it is asked
 * for again. The waiting in between is the connection's, with its jitter. Where nobody can be asked, the last list serves once more.
 */
export class Gateways {
  readonly #home: string;
  readonly #ask: AskGateways | null;
  #left: string[] = [];
  #known: readonly string[] = [];
  #chosen: string;

  /** @param ask null for a page, which connects to where it is from */
  constructor(home: string, ask: AskGateways | null) {
    this.#home = home;
    this.#ask = ask;
    this.#chosen = home;
  }

  get socketUrl(): string {
    return `${this.#chosen.replace(/^http/, 'ws')}/v1/socket`;
  }

  /** Once for each attempt. */
  async choose(): Promise<void> {
    if (!this.#ask) return;
    if (this.#left.length === 0) {
      const told = await this.#ask();
      if (told.length > 0) this.#known = told;
      this.#left = [...this.#known.filter((url) => url !== this.#home), this.#home];
      const [best] = told;
      if (best === this.#home) this.#left = [this.#home, ...this.#left.filter((url) => url !== this.#home)];
    }
    this.#chosen = this.#left.shift() ?? this.#home;
  }

  /** It worked: the next time everything may be different. */
  arrived(): void {
    this.#left = [];
  }
}
