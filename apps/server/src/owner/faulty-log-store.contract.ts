import { StorageFailure } from '@parlour/core/errors';
import type { ConversationId } from '@parlour/core/ids';
import type { AppendOutcome, Commit, LogStore } from '../ports/log-store.ts';

/** What goes wrong with one commit. `lost_answer`: applied, and nobody hears. `never_arrived`: looks the same, and was not. */
export type Fault = 'not_applied' | 'lost_answer' | 'never_arrived' | 'unknown_append' | 'none';

/** A real adapter behind, faults in front. */
export class FaultyLogStore implements LogStore {
  #store: LogStore;
  readonly faults: Fault[] = [];
  /** Every write fails until it is healed. */
  full = false;
  unreadable = false;
  loadCount = 0;
  commitCount = 0;
  /** Runs once, before the next commit reaches the store. */
  before: (() => Promise<void>) | null = null;
  /** Runs once, before the next log is loaded. */
  beforeLoad: (() => Promise<void>) | null = null;

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** Another answers from now on. */
  replaceBy(store: LogStore): void {
    this.#store = store;
  }

  async commit(commit: Commit): Promise<readonly AppendOutcome[]> {
    const { before } = this;
    this.before = null;
    await before?.();
    this.commitCount++;
    const fault = this.full ? 'not_applied' : (this.faults.shift() ?? 'none');
    if (fault === 'not_applied') throw new StorageFailure('the disk is full', { outcome: 'not_applied', retryAfterMs: 700 });
    if (fault === 'never_arrived') throw new StorageFailure('no answer', { outcome: 'unknown', retryAfterMs: 700 });
    const outcomes = await this.#store.commit(commit);
    if (fault === 'lost_answer') throw new StorageFailure('no answer', { outcome: 'unknown', retryAfterMs: 700 });
    return fault === 'unknown_append' ? outcomes.map(() => 'unknown' as const) : outcomes;
  }

  async loadLog(conversation: ConversationId) {
    const { beforeLoad } = this;
    this.beforeLoad = null;
    await beforeLoad?.();
    this.#read();
    this.loadCount++;
    return this.#store.loadLog(conversation);
  }

  async loadMarker(...of: Parameters<LogStore['loadMarker']>) {
    this.#read();
    return this.#store.loadMarker(...of);
  }

  #read(): void {
    if (this.unreadable) throw new StorageFailure('the disk does not read', { outcome: 'not_applied', retryAfterMs: 900 });
  }

  readonly loadLargeConversations: LogStore['loadLargeConversations'] = (...args) => this.#store.loadLargeConversations(...args);
  readonly loadRange: LogStore['loadRange'] = (...args) => this.#store.loadRange(...args);
  readonly loadMarks: LogStore['loadMarks'] = (...args) => this.#store.loadMarks(...args);
  readonly findOperation: LogStore['findOperation'] = (...args) => this.#store.findOperation(...args);
  readonly loadHighestOperationNumber: LogStore['loadHighestOperationNumber'] = (device) => this.#store.loadHighestOperationNumber(device);
  readonly loadCountsAt: LogStore['loadCountsAt'] = (...args) => this.#store.loadCountsAt(...args);
  readonly loadMarkerSteps: LogStore['loadMarkerSteps'] = (...args) => this.#store.loadMarkerSteps(...args);
  readonly forgetMarkerSteps: LogStore['forgetMarkerSteps'] = (old) => this.#store.forgetMarkerSteps(old);
  readonly loadRecent: LogStore['loadRecent'] = (...args) => this.#store.loadRecent(...args);
  readonly loadRows: LogStore['loadRows'] = (...args) => this.#store.loadRows(...args);
  readonly loadDigestRows: LogStore['loadDigestRows'] = (...args) => this.#store.loadDigestRows(...args);
  readonly countConversations: LogStore['countConversations'] = (person) => this.#store.countConversations(person);
}
