/**
 * Logins offered at a steady rate, whatever becomes of them. Each comes from another address and for another name, so that the limits per
 * address and account let them through to the password hash, which costs the same for names that nobody has.
 */
export class LoginOffers implements AsyncDisposable {
  readonly counts = { answered: 0, refusedForNow: 0 };
  readonly #timer: NodeJS.Timeout;
  readonly #pending = new Set<Promise<void>>();
  #offered = 0;

  constructor({ port, perSecond }: { readonly port: number; readonly perSecond: number }) {
    this.#timer = setInterval(() => {
      const offer = this.#offer(port).finally(() => this.#pending.delete(offer));
      this.#pending.add(offer);
    }, 1_000 / perSecond);
  }

  async #offer(port: number): Promise<void> {
    const number = ++this.#offered;
    const response = await fetch(`http://127.0.0.1:${port}/v1/logins`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
      },
      body: JSON.stringify({ name: `nobody${number}`, password: `password of ${number}`, client: 'program' }),
    });
    await response.text();
    if (response.status === 401) this.counts.answered++;
    else if (response.status === 429 && response.headers.has('retry-after')) this.counts.refusedForNow++;
    else throw new Error(`a login was answered with ${response.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }
}
