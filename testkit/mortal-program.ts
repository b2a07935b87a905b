import type { Environment } from '@parlour/core/environment';
import type { ParlourClient } from '@parlour/sdk/client';
import { usualClientLimits } from '@parlour/sdk/client-limits';
import { createClient } from '@parlour/sdk/create-client';
import { connectFromNode, nodeEnvironment, nodeSignals } from '@parlour/sdk/node-environment';
import type { Connect, Exchange } from '@parlour/sdk/platform';
import type { Store, StoreTransaction } from '@parlour/sdk/store';
import { exchangeByFetch } from '@parlour/sdk/web-environment';
import { downloadOver } from '@parlour/sdk/whole-download';
import type { CutLine } from './cut-line.ts';
import type { DeviceParts } from './device.ts';

/**
 * The node client as a program that can be killed within this process: from then on none of its timers fires, nothing is written, sent or
 * heard, and no promise it waits for resolves. What it had stored stays.
 */
export class MortalProgram {
  readonly #line: CutLine;
  #isDead = false;

  constructor(line: CutLine) {
    this.#line = line;
  }

  open(parts: DeviceParts): Promise<ParlourClient> {
    const { label = 'program', store, credentials = null } = parts;
    const platform = {
      environment: this.#environment(),
      connect: this.#connect,
      exchange: this.#exchange,
      download: downloadOver(this.#exchange),
      signals: nodeSignals,
      tabs: null,
      credentials,
      followsGateways: false,
      loginHint: null,
    };
    return createClient({ url: this.#line.url, label, store: this.#storeOver(store), limits: usualClientLimits, platform });
  }

  kill(): void {
    this.#isDead = true;
    this.#line.cut();
  }

  #environment(): Environment {
    const ifAlive = (callback: () => void) => () => {
      if (!this.#isDead) callback();
    };
    return {
      ...nodeEnvironment,
      timer: (delayMs, callback) => nodeEnvironment.timer(delayMs, ifAlive(callback)),
      endOfTurn: (callback) => nodeEnvironment.endOfTurn(ifAlive(callback)),
    };
  }

  readonly #connect: Connect = (url, { onOpen, onText, onClose }) => {
    if (this.#isDead) return { send: () => {}, close: () => {} };
    const ifAlive = (hear: () => void) => {
      if (!this.#isDead) hear();
    };
    return connectFromNode(url, {
      onOpen: () => ifAlive(onOpen),
      onText: (text) => ifAlive(() => onText(text)),
      onClose: (code) => ifAlive(() => onClose(code)),
    });
  };

  readonly #exchange: Exchange = (request) => this.#whileAlive(() => exchangeByFetch(request));

  #storeOver(store: Store): Store {
    return {
      volatile: store.volatile,
      transact: <T>(body: (transaction: StoreTransaction) => Promise<T>) => this.#whileAlive(() => store.transact(body)),
      close: () => store.close(),
    };
  }

  /** Nothing begins after the end, and nobody is there to hear of what had begun. */
  async #whileAlive<T>(begin: () => Promise<T>): Promise<T> {
    if (!this.#isDead) {
      const outcome = await Promise.allSettled([begin()]);
      if (!this.#isDead) return settledValue(outcome[0]);
    }
    return new Promise<never>(() => {});
  }
}

function settledValue<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
