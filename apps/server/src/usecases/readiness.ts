import type { Environment } from '@parlour/core/environment';
import type { MonotonicMs } from '@parlour/core/ids';
import type { Directory } from '../ports/directory.ts';

export type ReadinessOptions = {
  readonly directory: Pick<Directory, 'hasPeople'>;
  readonly environment: Pick<Environment, 'monotonic' | 'timer'>;
};

/** A store that has not answered by then does not serve people either. */
export const storeAnswersWithinMs = 2_000;
/** However many ask, the store is asked once in that time. */
export const answerKeptMs = 500;

/** Whether this server can do its work: whether its store answers. The bus is not asked, for people are served without it, only later. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #asking: Promise<boolean> | null = null;
  #known: { readonly isReady: boolean; readonly at: MonotonicMs } | null = null;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  async isReady(): Promise<boolean> {
    const known = this.#known;
    if (known && this.#options.environment.monotonic() - known.at < answerKeptMs) return known.isReady;
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  async #ask(): Promise<boolean> {
    const { directory, environment } = this.#options;
    const late = Promise.withResolvers<false>();
    const cancel = environment.timer(storeAnswersWithinMs, () => late.resolve(false));
    const answered = directory.hasPeople().then(
      () => true,
      () => false,
    );
    const isReady = await Promise.race([answered, late.promise]);
    cancel();
    this.#known = { isReady, at: environment.monotonic() };
    this.#asking = null;
    return isReady;
  }
}
