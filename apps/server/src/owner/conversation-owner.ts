import type { OperationFacts, OperationMark, Verdict } from '@parlour/core/conversation-log/decide';
import { type Entry, genesis, isSamePosition, type Operation, type Position } from '@parlour/core/conversation-log/entry';
import { applyRun, emptyLog, LogDraft, type LogState, sentBy } from '@parlour/core/conversation-log/state';
import { visibleHeadSeq } from '@parlour/core/conversation-log/visibility';
import { asStorageFailure, isRefusal, type Refusal, refuse, type StorageFailure } from '@parlour/core/errors';
import type { ConversationId, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { type CountsAt, decideMarker, type Marker, type MarkerWish, mergeMarkers, nothingRead } from '@parlour/core/marker';
import type { Append, AppendOutcome, MarkerRaise } from '../ports/log-store.ts';
import { decideJob, isRefusedByTheLog } from './decide-job.ts';
import { factsAtHand, isOutOfReach } from './facts-at-hand.ts';
import type { Job } from './job.ts';
import { loadFacts } from './load-facts.ts';
import { changeToldWithin, topicsOf } from './notice-topics.ts';
import { countResolved } from './owner-counters.ts';
import type { OperationAnswer, OwnerTools } from './owner-tools.ts';
import { overtaken, type PendingRaise, whenSettled } from './pending-raise.ts';

type Flight = {
  readonly append: Append | null;
  readonly raises: ReadonlyMap<PersonId, PendingRaise>;
  readonly jobs: readonly { readonly job: Job; readonly verdicts: readonly Verdict[] }[];
  readonly prevMemberSeq: Seq;
  readonly losses: number;
};

type Decided = {
  readonly jobs: readonly { readonly job: Job; readonly verdicts: readonly Verdict[] }[];
  readonly entries: readonly Entry[];
  readonly state: LogState | null;
};

const triesMax = 6;

/**
 * Appends to one conversation, one append in flight at a time. What it remembers is a cache: any other node may append too,
 * because the compare-and-set on (head, chain) decides; whatever goes wrong, it drops what it remembers and loads again.
 */
export class ConversationOwner {
  readonly conversation: ConversationId;
  readonly #tools: OwnerTools;
  #state: LogState | null = null;
  /** Marks of what was appended since the state was loaded, unbroken up to the head; older ones are looked up. */
  #marks: OperationMark[] = [];
  #markers = new Map<PersonId, Marker>();
  #readingCount = 0;
  /** Which of the readings the state grew from. */
  #reading = 0;
  #loading: Promise<LogState> | null = null;
  readonly #queue: Job[] = [];
  #queuedCount = 0;
  #raises = new Map<PersonId, PendingRaise>();
  /** Whose marker may be durable without anyone having been told. */
  readonly #untold = new Set<PersonId>();
  #flight: Flight | null = null;
  #lookingUp = false;
  /** So often another server may have begun to answer for the store. */
  #losses = 0;

  constructor(conversation: ConversationId, tools: OwnerTools) {
    this.conversation = conversation;
    this.#tools = tools;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#raises.size === 0 && this.#flight === null && this.#loading === null;
  }

  /** What is remembered, if anything. */
  peek(): LogState | null {
    return this.#state;
  }

  /** The state, at least as new as `memberSeq`. @throws StorageFailure */
  async view(memberSeq: Seq): Promise<LogState> {
    if (this.#state && this.#state.memberSeq >= memberSeq) return this.#state;
    // What is in flight was decided on the state that is held, so that stays until it has landed.
    if (this.#flight) return (await this.#tools.store.loadLog(this.conversation)) ?? emptyLog(this.conversation);
    this.#forget();
    return this.#load();
  }

  /** Reads the state from the store, for whoever knows that what is remembered may be old. @throws StorageFailure */
  async viewStored(): Promise<LogState> {
    const loaded = (await this.#tools.store.loadLog(this.conversation)) ?? emptyLog(this.conversation);
    this.learn(loaded.head.seq);
    return loaded;
  }

  /** The log is at least this long: what is remembered of a shorter one is old, as another node has appended. */
  learn(headSeq: Seq): void {
    if (this.#state && !this.#flight && this.#state.head.seq < headSeq) this.#forget();
  }

  /** Another node appended this: what is remembered grows with it where it ends right there, and is old otherwise. */
  hear(previous: Position, entries: readonly Entry[]): void {
    const isNext = this.#state !== null && !this.#flight && isSamePosition(this.#state.head, previous);
    if (!isNext) return this.learn((previous.seq + entries.length) as Seq);
    this.#state = applyRun(this.#state as LogState, entries);
    this.#remember(entries);
  }

  /**
   * The store may be older from now on than what was read of it: nothing of that counts, nor a mark that was decided on it. An append stands on
   * a chain, and so finds out by itself.
   */
  storeLost(): void {
    this.#losses++;
    this.#forget();
    const raises = this.#raises;
    this.#raises = new Map();
    this.#dropRaises(raises, overtaken());
  }

  /** @param operations of one device, in order; answered together */
  send(operations: readonly Operation[]): Promise<readonly OperationAnswer[]> {
    if (this.#queuedCount + operations.length > this.#tools.limits.operationsQueuedMax) {
      return Promise.resolve(operations.map(() => ({ ...refuse('too_busy'), retryAfterMs: 1_000 })));
    }
    return new Promise((resolve) => {
      this.#queue.push({
        operations,
        answer: resolve,
        readingsBefore: this.#readingCount,
        lookedUp: new Map(),
        checkIndex: false,
        tries: 0,
      });
      this.#queuedCount += operations.length;
      this.#tools.ready(this);
    });
  }

  /** Moves a person's marker. @returns once it is durable, as it is told to others then @throws StorageFailure */
  async mark(person: PersonId, wish: MarkerWish): Promise<Marker | Refusal> {
    const losses = this.#losses;
    const known = this.#state ?? (await this.view(0 as Seq));
    const isKnown = Math.max(wish.readSeq, wish.receivedSeq) <= visibleHeadSeq(known, person);
    const state = isKnown ? known : await this.viewStored();
    const held = this.#markers.get(person) ?? (await this.#tools.store.loadMarker(this.conversation, person)) ?? nothingRead;
    const at =
      wish.readSeq > held.readSeq
        ? await this.#countsAt(state, person, wish.readSeq)
        : { seq: 0 as Seq, ord: held.readOrd, mine: held.readMine };
    if (losses !== this.#losses) return this.mark(person, wish);
    // Meanwhile another device may have moved the marker; and what waits may have been decided on less than another node has written since.
    const pending = this.#raises.get(person) ?? this.#flight?.raises.get(person);
    const current = mergeMarkers(held, pending?.raise.marker ?? this.#markers.get(person) ?? held);
    const next = decideMarker(current, visibleHeadSeq(state, person), wish, at);
    if (isRefusal(next)) return next;
    if (next !== current) {
      const isTold = next.toldSeq > current.toldSeq && state.members.size <= limits.receiptMembersMax;
      const waiting = this.#raises.get(person);
      const readAt = isTold ? this.#tools.now() : (waiting?.raise.readAt ?? null);
      const raise = { conversation: this.conversation, person, marker: next, readAt };
      this.#raises.set(person, { raise, settled: waiting?.settled ?? [], tries: waiting?.tries ?? 0 });
      this.#tools.ready(this);
    }
    const carrier = this.#raises.get(person) ?? this.#flight?.raises.get(person);
    if (carrier) await whenSettled(carrier);
    else if (this.#untold.delete(person)) this.#publishMarker(person, next, null);
    return next;
  }

  async #countsAt(state: LogState, person: PersonId, seq: Seq): Promise<CountsAt> {
    if (seq >= state.head.seq) return { seq: state.head.seq, ord: state.ord, mine: sentBy(state, person) };
    return { seq, ...(await this.#tools.store.loadCountsAt(this.conversation, person, seq)) };
  }

  /**
   * Decides what waits and hands over what is to be committed; null where there is nothing, or where something must be looked up first
   * (then `ready` is asked for again by itself).
   */
  prepare(): { append: Append | null; raises: readonly MarkerRaise[] } | null {
    if (this.#flight || this.#loading || this.#lookingUp) return null;
    if (this.#queue.length > 0 && !this.#state) {
      this.#loadThenReady();
      return null;
    }
    const decided: Decided | 'wait' = this.#queue.length > 0 ? this.#decideQueue() : { jobs: [], entries: [], state: null };
    if (decided !== 'wait' && decided.entries.length === 0 && this.#isDoubtful(decided)) {
      this.#forget();
      this.#loadThenReady();
      return null;
    }
    const raises = this.#raises;
    if (decided === 'wait' || (decided.entries.length === 0 && raises.size === 0)) {
      if (decided !== 'wait') this.#answerWithoutAppend(decided.jobs);
      return null;
    }
    const base = this.#state;
    const append =
      base && decided.state && decided.entries.length > 0
        ? { conversation: this.conversation, expect: base.head, entries: decided.entries, state: decided.state }
        : null;
    this.#raises = new Map();
    this.#flight = { append, raises, jobs: decided.jobs, prevMemberSeq: base?.memberSeq ?? (0 as Seq), losses: this.#losses };
    return { append, raises: [...raises.values()].map(({ raise }) => raise) };
  }

  /** The group commit's answer for this owner's part. */
  settle(outcome: AppendOutcome): void {
    const flight = this.#flight;
    if (!flight) throw new TypeError('nothing is in flight');
    this.#flight = null;
    this.#tools.counters.appendOutcomes[outcome]++;
    if (outcome === 'ok') this.#settleOk(flight);
    else this.#settleLost(flight, outcome);
    if (flight.losses !== this.#losses) this.#forget();
    if (this.#queue.length > 0 || this.#raises.size > 0) this.#tools.ready(this);
  }

  /** The whole group commit failed. Nothing is known of an unknown one until the log is read again. */
  settleFailure(failure: StorageFailure): void {
    const flight = this.#flight;
    this.#flight = null;
    this.#forget();
    if (failure.outcome === 'unknown' && flight) {
      this.#tools.counters.appendOutcomes.unknown++;
      if (flight.losses === this.#losses) this.#raiseAgain(flight.raises, failure);
      else this.#dropRaises(flight.raises, failure);
      this.#retry(flight.jobs, true);
      if (this.#queue.length > 0 || this.#raises.size > 0) this.#tools.ready(this);
    } else {
      this.#dropRaises(flight?.raises ?? new Map(), failure);
      this.#refuseAll(failure);
    }
  }

  #settleOk({ append, raises, jobs, prevMemberSeq }: Flight): void {
    for (const [person, { raise }] of raises)
      this.#markers.set(person, mergeMarkers(this.#markers.get(person) ?? raise.marker, raise.marker));
    if (append) {
      this.#state = append.state;
      this.#remember(append.entries);
      const { entries, expect: previous } = append;
      const { state } = append;
      const { memberSeq } = state;
      this.#tools.bus.publish({ notice: 'entries', conversation: this.conversation, previous, entries, memberSeq, prevMemberSeq }, () =>
        topicsOf(state, (previous.seq + 1) as Seq),
      );
      this.#tools.committed(this);
    }
    for (const { raise, settled } of raises.values()) {
      const { person, marker, readAt } = raise;
      this.#untold.delete(person);
      this.#publishMarker(person, marker, readAt);
      for (const tell of settled) tell(null);
    }
    for (const { job, verdicts } of jobs) this.#finish(job, verdicts);
  }

  #settleLost({ raises, jobs, losses }: Flight, outcome: 'conflict' | 'id_taken' | 'unknown'): void {
    if (losses === this.#losses) this.#raiseAgain(raises, null);
    else this.#dropRaises(raises, overtaken());
    this.#forget();
    this.#retry(jobs, outcome !== 'conflict');
  }

  /** Whether or not they were written: raising again does no harm, and tells others what they were not told. */
  #raiseAgain(raises: Flight['raises'], failure: StorageFailure | null): void {
    for (const [person, { raise, settled, tries }] of raises) {
      const waiting = this.#raises.get(person);
      if (failure && tries >= triesMax) this.#dropRaises(new Map([[person, { raise, settled, tries }]]), failure);
      else {
        const all = [...settled, ...(waiting?.settled ?? [])];
        this.#raises.set(person, { raise: waiting?.raise ?? raise, settled: all, tries: tries + 1 });
      }
    }
  }

  /** One that was tried before may be there: the others are told once it can be read, or is marked again. */
  #dropRaises(raises: Flight['raises'], failure: StorageFailure): void {
    for (const [person, { settled, tries }] of raises) {
      if (tries > 0) this.#untold.add(person);
      for (const tell of settled) tell(failure);
    }
    if (this.#untold.size > 0) this.#tools.committed(this);
  }

  async #tellStored(person: PersonId): Promise<void> {
    try {
      const marker = await this.#tools.store.loadMarker(this.conversation, person);
      if (this.#untold.delete(person) && marker) this.#publishMarker(person, marker, null);
    } catch (failure) {
      asStorageFailure(failure);
      this.#tools.committed(this);
    }
  }

  #publishMarker(person: PersonId, marker: Marker, readAt: WallMs | null): void {
    const { bus } = this.#tools;
    const tell = (state: LogState | null): void => {
      const isTold = state !== null && state.members.size <= limits.receiptMembersMax;
      const memberSeq = state?.memberSeq ?? (0 as Seq);
      bus.publish({ notice: 'marker', conversation: this.conversation, person, marker, readAt, memberSeq }, () =>
        isTold ? topicsOf(state, state.head.seq) : [`person.${person}`],
      );
    };
    // Whoever is elsewhere is reached by who the members are.
    if (this.#state || !bus.isShared) tell(this.#state);
    else this.view(0 as Seq).then(tell, asStorageFailure);
  }

  /** The jobs stay first in the queue and are decided again on what the log says then. */
  #retry(jobs: Flight['jobs'], checkIndex: boolean): void {
    for (const { job } of jobs) {
      job.lookedUp.clear();
      job.checkIndex ||= checkIndex;
      job.tries++;
      if (job.tries > triesMax)
        this.#finish(
          job,
          job.operations.map(() => ({ verdict: 'stopped', refusal: refuse('too_busy') })),
        );
    }
  }

  /** Decides as many jobs as fit one append. 'wait': the first of them needs something that is being loaded. */
  #decideQueue(): Decided | 'wait' {
    const draft = new LogDraft(this.#state ?? emptyLog(this.conversation));
    const entries: Entry[] = [];
    const jobs: { job: Job; verdicts: Verdict[] }[] = [];
    const context = this.#tools.context();
    for (const job of this.#queue) {
      if (entries.length + job.operations.length > this.#tools.limits.entriesPerAppendMax && jobs.length > 0) break;
      const facts = this.#factsForAll(job, jobs.length === 0);
      if (facts === 'wait') {
        if (jobs.length === 0) return 'wait';
        break;
      }
      jobs.push({ job, verdicts: decideJob(job.operations, facts, draft, entries, context) });
    }
    return { jobs, entries, state: draft.state };
  }

  /** Whether somebody may be refused because what is remembered is old, as another node has appended. Beside an append nobody is: it finds out. */
  #isDoubtful({ jobs }: Decided): boolean {
    return jobs.some(({ job, verdicts }) => this.#reading <= job.readingsBefore && verdicts.some(isRefusedByTheLog));
  }

  /**
   * The facts of each operation, or 'wait'. For the first job the look-up is then under way; a later one waits until it is first:
   * what was decided before it stands on the state that is held, and moves the head.
   */
  #factsForAll(job: Job, isFirst: boolean): OperationFacts[] | 'wait' {
    const all: OperationFacts[] = [];
    for (const [index, operation] of job.operations.entries()) {
      const known = job.lookedUp.get(index);
      const isKnown = known && known.atHead === this.#state?.head.chain;
      const checkIndex = job.checkIndex || isOutOfReach(operation, this.#state, this.#tools.limits);
      const facts = isKnown ? known.facts : checkIndex ? null : this.#factsAtHand(operation);
      if (!facts) {
        if (isFirst) this.#lookUp(job, { index, operation, checkIndex });
        return 'wait';
      }
      all.push(facts);
    }
    return all;
  }

  #factsAtHand({ after }: Operation): OperationFacts | null {
    if (!this.#state || !after) return null;
    return factsAtHand(after, { head: this.#state.head, marks: this.#marks, afterDistanceMax: this.#tools.limits.afterDistanceMax });
  }

  #lookUp(job: Job, { index, operation, checkIndex }: { index: number; operation: Operation; checkIndex: boolean }): void {
    const atHead = this.#state?.head.chain ?? genesis.chain;
    this.#lookingUp = true;
    const { store, limits: kept } = this.#tools;
    const headSeq = this.#state?.head.seq ?? (0 as Seq);
    loadFacts(operation, { store, headSeq, afterDistanceMax: kept.afterDistanceMax, checkIndex }).then(
      (facts) => {
        job.lookedUp.set(index, { atHead, facts });
        // What came since is the same then. Without a position, or out of reach, it is each operation's own id that was looked up.
        for (const [later, { after }] of job.operations.entries())
          if (later > index && !checkIndex && isSamePosition(after, operation.after)) job.lookedUp.set(later, { atHead, facts });
        this.#lookingUp = false;
        this.#tools.ready(this);
      },
      (failure) => {
        this.#lookingUp = false;
        this.#refuseAll(asStorageFailure(failure));
      },
    );
  }

  #answerWithoutAppend(jobs: readonly { job: Job; verdicts: readonly Verdict[] }[]): void {
    for (const { job, verdicts } of jobs) this.#finish(job, verdicts);
    if (this.#queue.length > 0) this.#tools.ready(this);
  }

  #finish(job: Job, verdicts: readonly Verdict[]): void {
    const place = this.#queue.indexOf(job);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    this.#queuedCount -= job.operations.length;
    // Whoever sends again may have missed what was told the first time.
    if (verdicts.some((verdict) => verdict.verdict === 'duplicate')) {
      this.announce();
      this.#tools.committed(this);
    }
    if (job.checkIndex) countResolved(this.#tools.counters, verdicts);
    if (job.checkIndex && job.tries > triesMax) this.#tools.committed(this);
    job.answer(verdicts.map((verdict) => this.#answerTo(verdict)));
  }

  #answerTo(verdict: Verdict): OperationAnswer {
    this.#tools.counters.verdicts[verdict.verdict]++;
    switch (verdict.verdict) {
      case 'append':
        return { seq: verdict.entry.seq };
      case 'duplicate':
        return { seq: verdict.seq };
      case 'refused':
        return verdict.refusal;
      case 'stopped':
        return verdict.refusal.refused === 'too_busy' ? { ...verdict.refusal, retryAfterMs: 1_000 } : verdict.refusal;
    }
  }

  /** Tells where the head is, and markers that nobody was told of; what is not remembered is read. Loses nothing when it is lost. */
  announce(): void {
    for (const person of this.#untold) void this.#tellStored(person);
    const tell = (state: LogState) => {
      const { head, memberSeq } = state;
      const topics = () => topicsOf(state, Math.max(1, head.seq - changeToldWithin) as Seq);
      if (head.seq > 0) this.#tools.bus.publish({ notice: 'head', conversation: this.conversation, head, memberSeq }, topics);
    };
    if (this.#state) tell(this.#state);
    else this.view(0 as Seq).then(tell, asStorageFailure);
  }

  #refuseAll(failure: StorageFailure): void {
    const refusal: OperationAnswer = { ...refuse('storage_unavailable'), retryAfterMs: failure.retryAfterMs };
    const raises = this.#raises;
    this.#raises = new Map();
    this.#dropRaises(raises, failure);
    const jobs = this.#queue.splice(0);
    this.#queuedCount = 0;
    for (const job of jobs) job.answer(job.operations.map(() => refusal));
    // What was tried before may be there: others are told once it can be read, also where nobody comes to try it again.
    if (jobs.some(({ checkIndex }) => checkIndex)) this.#tools.committed(this);
    // Nothing is left to do: whoever waits for that hears of it.
    this.#tools.ready(this);
  }

  #loadThenReady(): void {
    if (this.#lookingUp) return;
    this.#load().then(
      () => this.#tools.ready(this),
      (failure) => this.#refuseAll(asStorageFailure(failure)),
    );
  }

  #load(): Promise<LogState> {
    if (this.#state) return Promise.resolve(this.#state);
    if (this.#loading) return this.#loading;
    const reading = ++this.#readingCount;
    const losses = this.#losses;
    this.#loading = this.#tools.store.loadLog(this.conversation).then(
      (loaded) => {
        if (losses !== this.#losses) {
          this.#loading = null;
          return this.#load();
        }
        const state = loaded ?? emptyLog(this.conversation);
        this.#state = state;
        this.#reading = reading;
        this.#marks = [];
        this.#loadEnded();
        return state;
      },
      (failure) => {
        this.#loadEnded();
        throw failure;
      },
    );
    return this.#loading;
  }

  /** Whoever only looked may have begun it; what came to be sent meanwhile was told to wait for it. */
  #loadEnded(): void {
    this.#loading = null;
    if (this.#queue.length > 0 || this.#raises.size > 0) this.#tools.ready(this);
  }

  #forget(): void {
    this.#state = null;
    this.#marks = [];
    this.#markers.clear();
  }

  #remember(entries: readonly Entry[]): void {
    for (const { seq, chain, device, n, digest, salt } of entries) this.#marks.push({ seq, chain, device, n, digest, salt });
    // Cut in steps, so that a busy log does not move its marks at every append.
    if (this.#marks.length > this.#tools.marksKept * 2) this.#marks.splice(0, this.#marks.length - this.#tools.marksKept);
  }
}
