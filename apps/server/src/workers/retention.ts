import type { Environment } from '@parlour/core/environment';
import type { WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';

export type RetentionOptions = {
  readonly directory: Pick<Directory, 'forgetRefreshTokens'>;
  readonly store: Pick<LogStore, 'forgetMarkerSteps'>;
  readonly environment: Environment;
  readonly reportFault: (fault: unknown, where: string) => void;
};

/** Of each kind, in one go: few enough that nobody waits for it. */
export const forgottenAtOnceMax = 500;
/** A server that is started anew each day forgets as well as one that runs for a year. */
export const firstLookAfterMs = 60_000;
export const lookEveryMs = 3_600_000;
/** Between two pieces, so that what people do comes before it. */
export const pauseMs = 1_000;

/** Forgets what is kept for a time only: refresh tokens out of date, and when something was read. */
export class Retention {
  readonly #options: RetentionOptions;
  #underWay: Promise<void> = Promise.resolve();
  #cancelTimer = (): void => {};
  #isStopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#lookIn(firstLookAfterMs);
  }

  /** Nothing is written once this is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#underWay;
  }

  #lookIn(delayMs: number): void {
    if (this.#isStopped) return;
    this.#cancelTimer = this.#options.environment.timer(delayMs, () => {
      this.#underWay = this.#forgetPiece().then((isMore) => this.#lookIn(isMore ? pauseMs : lookEveryMs));
    });
  }

  /** @returns whether there may be more; what failed is looked at again in an hour */
  async #forgetPiece(): Promise<boolean> {
    const { directory, store, environment, reportFault } = this.#options;
    const now = environment.now();
    const countMax = forgottenAtOnceMax;
    try {
      const tokenCount = await directory.forgetRefreshTokens({ expiredBefore: now, countMax });
      const stepCount = await store.forgetMarkerSteps({ before: (now - limits.markerStepLifetimeMs) as WallMs, countMax });
      return tokenCount === countMax || stepCount === countMax;
    } catch (fault) {
      reportFault(fault, 'retention');
      return false;
    }
  }
}
