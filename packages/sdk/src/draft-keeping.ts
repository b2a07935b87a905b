import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { ConversationId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';

/** A draft rests this long before it is kept and told; with the way to the server it is on other devices within 2 s. */
const restMs = 500;

/** Value: JSON for the register; null clears it. */
export type KeepDraft = (conversation: ConversationId, value: string | null) => Promise<unknown>;

/** [SDK-19] What is being written, shown at once and kept after a short rest, so that not every keystroke is written to the disk and the wire. */
export class DraftKeeping {
  readonly #environment: Environment;
  readonly #keep: KeepDraft;
  readonly #resting = new Map<ConversationId, { text: string; readonly cancel: CancelTimer }>();

  constructor(environment: Environment, keep: KeepDraft) {
    this.#environment = environment;
    this.#keep = keep;
  }

  /** What was set here and is not yet kept; undefined where nothing was. */
  get(conversation: ConversationId): string | undefined {
    return this.#resting.get(conversation)?.text;
  }

  /** A text too long for a register is cut. */
  set(conversation: ConversationId, text: string): void {
    const resting = this.#resting.get(conversation);
    if (resting) {
      resting.text = text;
    } else {
      const cancel = this.#environment.timer(restMs, () => void this.#keepNow(conversation));
      this.#resting.set(conversation, { text, cancel });
    }
    if (text === '') void this.#keepNow(conversation);
  }

  async keepAll(): Promise<void> {
    await Promise.all([...this.#resting.keys()].map((conversation) => this.#keepNow(conversation)));
  }

  async #keepNow(conversation: ConversationId): Promise<void> {
    const resting = this.#resting.get(conversation);
    if (!resting) return;
    resting.cancel();
    const { text } = resting;
    await this.#keep(conversation, text === '' ? null : JSON.stringify({ text: text.slice(0, limits.textLengthMax) }));
    // Written on while it was being kept: that rests anew.
    this.#resting.delete(conversation);
    if (resting.text !== text) this.set(conversation, resting.text);
  }
}
