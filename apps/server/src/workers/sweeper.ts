import type { CancelTimer, Environment } from '@parlour/core/environment';
import { StorageFailure } from '@parlour/core/errors';
import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import { topicsOf } from '../owner/notice-topics.ts';
import type { Bus } from '../ports/bus.ts';
import type { CommitJournal, UntoldCommit } from '../ports/commit-journal.ts';
import type { LogStore } from '../ports/log-store.ts';
import { tellRegisters } from '../usecases/put-register.ts';
import { tellProfile } from '../usecases/update-profile.ts';

export type SweeperOptions = {
  readonly journal: CommitJournal;
  readonly owners: ConversationOwners;
  readonly store: Pick<LogStore, 'loadMarker'>;
  readonly bus: Bus;
  readonly environment: Environment;
  readonly reportFault: (fault: unknown, where: string) => void;
};

/** How often this server's own notes are struck out, and others' looked for. */
const lookEveryMs = 500;
/** Whoever lives has struck out by then what it told. With the looking, others are untold no longer than three seconds. */
const untoldAfterMs = 2_000;
/** Of no use any more: everybody has compared since, or come anew. */
const uselessAfterMs = 60_000;
const foundAtOnceMax = 1_000;

/**
 * Tells of commits whose server died, or was cut off, before it told anybody. A server writes a note within each commit and strikes it out once its notices
 * are on their way; a note that is older is told of by whoever finds it. Where the bus is away nothing is struck out, and each server tells its own people.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  /** Told here while nothing passed. */
  #told = new Set<number>();
  #cancelTimer: CancelTimer = () => {};
  #underWay: Promise<void> = Promise.resolve();
  #isStopped = false;
  #looks = 0;
  /** Commits of others that were told of here. */
  foundCount = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#lookLater();
  }

  /** What was told by then is struck out; nothing is written once this is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#underWay;
    await this.#tried(() => this.#strikeOutOwn());
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    // Not all in one moment, so that one finds what the others then do not.
    const delayMs = lookEveryMs * (0.75 + this.#options.environment.random() / 2);
    this.#cancelTimer = this.#options.environment.timer(delayMs, () => {
      this.#underWay = this.#tried(() => this.#look()).then(() => this.#lookLater());
    });
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (fault) {
      // The store is away; what it has is found when it is back.
      if (!(fault instanceof StorageFailure)) this.#options.reportFault(fault, 'sweeper');
    }
  }

  async #look(): Promise<void> {
    const { journal, bus } = this.#options;
    await this.#strikeOutOwn();
    if (++this.#looks % 20 === 0) await journal.forget({ minMs: uselessAfterMs });
    const found = await journal.loadUntold({ minMs: untoldAfterMs, maxMs: uselessAfterMs, countMax: foundAtOnceMax });
    const untold = found.filter(({ note }) => !this.#told.has(note));
    await this.#tell(untold);
    this.foundCount += untold.length;
    const notes = found.map(({ note }) => note);
    if (notes.length === 0) return;
    const arrived = await bus.settled();
    this.#told = arrived ? new Set() : new Set(notes);
    if (arrived) await journal.strikeOut(notes);
  }

  /** What was dropped, or may not have arrived, is found again as others' is. */
  async #strikeOutOwn(): Promise<void> {
    const { journal, bus } = this.#options;
    const answered = journal.takeAnswered();
    if (answered.length > 0 && (await bus.settled())) await journal.strikeOut(answered);
  }

  async #tell(commits: readonly UntoldCommit[]): Promise<void> {
    const conversations = new Set(commits.flatMap((commit) => commit.conversations));
    for (const conversation of conversations) await this.#tellHead(conversation);
    const marked = new Map<string, { conversation: ConversationId; person: PersonId }>();
    for (const { markers } of commits) for (const each of markers) marked.set(`${each.conversation} ${each.person}`, each);
    for (const { conversation, person } of marked.values()) await this.#tellMarker(conversation, person);
    const registers = new Map(commits.flatMap((commit) => commit.registers.map(({ person, headVer }) => [person, headVer])));
    for (const [person, headVer] of registers) tellRegisters(this.#options.bus, person, headVer);
    for (const person of new Set(commits.flatMap(({ profiles }) => profiles))) tellProfile(this.#options.bus, person);
  }

  async #tellHead(conversation: ConversationId): Promise<void> {
    const { owners, bus } = this.#options;
    const state = await owners.viewStored(conversation);
    const { head, memberSeq } = state;
    const topics = () => topicsOf(state, Math.max(1, head.seq - limits.entriesPerAppendMax) as Seq);
    if (head.seq > 0) bus.publish({ notice: 'head', conversation, head, memberSeq }, topics);
  }

  async #tellMarker(conversation: ConversationId, person: PersonId): Promise<void> {
    const { owners, store, bus } = this.#options;
    const marker = await store.loadMarker(conversation, person);
    if (!marker) return;
    const state = owners.peek(conversation) ?? (await owners.viewStored(conversation));
    const isTold = state.members.size <= limits.receiptMembersMax;
    const { memberSeq } = state;
    bus.publish({ notice: 'marker', conversation, person, marker, readAt: null, memberSeq }, () =>
      isTold ? topicsOf(state, state.head.seq) : [`person.${person}`],
    );
  }
}
