import type { CancelTimer, Environment } from '@parlour/core/environment';
import type { ClientFrame } from '@parlour/protocol/client-frame';
import type { ReceivedFrame } from './frame-reading.ts';
import { type ClientRefusal, type OrRefusal, refuseHere } from './refusal.ts';

/** Requests under way on one socket, fewer than the server takes; more are refused as `requests_full`. */
const requestsMax = 48;
const answerMs = 15_000;

export type RequestFrame = Extract<ClientFrame, { id: number }>;
/** A request before it has its number. */
export type Question = RequestFrame extends infer Frame ? (Frame extends { id: number } ? Omit<Frame, 'id'> : never) : never;

export type AnswerOf<Kind extends Question['kind']> = Extract<
  ReceivedFrame,
  {
    kind: {
      send: 'sent';
      open: 'opened';
      create_group: 'opened';
      pull: 'range';
      sync: 'synced';
      list: 'listed';
      look_up: 'listed';
      ask_people: 'people';
      put_register: 'register_put';
      pull_registers: 'registers';
      ping: 'pong';
      renew: 'renewed';
    }[Kind];
  }
>;

type Waiting = { readonly resolve: (answer: OrRefusal<ReceivedFrame>) => void; readonly cancel: CancelTimer };

/** The questions that wait for their answer on the present socket. When it goes, all of them are `unreachable`. */
export class Requests {
  readonly #environment: Environment;
  readonly #sendText: (text: string) => boolean;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** @param sendText false where no socket is open */
  constructor(environment: Environment, sendText: (text: string) => boolean) {
    this.#environment = environment;
    this.#sendText = sendText;
  }

  ask<Q extends Question>(question: Q): Promise<OrRefusal<AnswerOf<Q['kind']>>> {
    return new Promise((resolve) => {
      if (this.#waiting.size >= requestsMax) return resolve(refuseHere('requests_full', { requestsMax }));
      const id = ++this.#lastId;
      if (!this.#sendText(JSON.stringify({ ...question, id }))) return resolve(refuseHere('unreachable'));
      const cancel = this.#environment.timer(answerMs, () => this.#settle(id, refuseHere('unreachable')));
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], cancel });
    });
  }

  /** @returns whether the frame answered something */
  answer(frame: ReceivedFrame): boolean {
    if (!('re' in frame) || frame.re === undefined) return false;
    this.#settle(frame.re, frame.kind === 'error' ? refusalOf(frame) : frame);
    return true;
  }

  drop(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, refuseHere('unreachable'));
  }

  #settle(id: number, answer: OrRefusal<ReceivedFrame>): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    waiting.cancel();
    waiting.resolve(answer);
  }
}

function refusalOf({ code, sentence, details = {}, retryAfterMs }: Extract<ReceivedFrame, { kind: 'error' }>): ClientRefusal {
  return { refused: code, sentence, details, retryAfterMs: retryAfterMs ?? null };
}
