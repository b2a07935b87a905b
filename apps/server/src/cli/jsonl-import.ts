import { jobDeviceId } from '@parlour/core/conversation-log/chain';
import { type DecideContext, decideOperation, type OperationFacts, type OperationMark } from '@parlour/core/conversation-log/decide';
import type { Entry, MessageBody, Operation, Position } from '@parlour/core/conversation-log/entry';
import { emptyLog, isMember, LogDraft } from '@parlour/core/conversation-log/state';
import {
  bytesOfDigest,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  type OperationNumber,
  type PersonId,
  type Seq,
} from '@parlour/core/ids';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';
import { addToReport, emptyReport, type ImportReport, noteLeftOut } from './import-report.ts';
import { type ImportedLine, type LeftOut, parseImportedLine } from './imported-line.ts';
import { ImportedPeople, importedAuthor, importerOf } from './imported-people.ts';
import type { NumberedLine } from './lines-of-bytes.ts';

/** Channels held in memory; beyond, all are forgotten and loaded again when they come. */
const channelsHeldMax = 1_000;
/** Lines of one channel whose seq is remembered for replies; beyond, it is looked up in the log. */
const seqsHeldMax = 50_000;
/** As many as a message may answer. */
const repliesPerMessageMax = 20;

/** What the log has of one channel, and what this chunk adds. */
type Channel = {
  readonly conversation: ConversationId;
  /** A line's operation is this device's number line + 1, so the log itself says which lines it has. */
  readonly device: DeviceId;
  draft: LogDraft;
  expect: Position;
  entries: Entry[];
  highest: OperationNumber;
  readonly seqs: Map<number, Seq>;
};

export type JsonlImportOptions = {
  readonly store: LogStore;
  readonly directory: Directory;
  readonly context: Omit<DecideContext, 'now'> & { readonly now: () => DecideContext['now'] };
  /** Names the file, not its place: conversations get their ids from it. */
  readonly source: string;
  readonly titleOf: (channel: string) => string;
  /** Existing people who are to read what is imported. */
  readonly members: readonly PersonId[];
};

const noFacts: OperationFacts = { chainAtAfter: null, tooFarBehind: false, marksSinceAfter: [], sameOperation: null, usedElsewhere: false };

/** Brings chat history into the log, a chunk of lines at a time; each chunk is one durable commit. Done again, it adds only what is not there. */
export class JsonlImport {
  readonly report: ImportReport = emptyReport();
  readonly #options: JsonlImportOptions;
  readonly #people: ImportedPeople;
  readonly #importer: PersonId;
  readonly #channels = new Map<string, Channel>();
  #context: DecideContext;
  #chunk = emptyReport();

  constructor(options: JsonlImportOptions) {
    this.#options = options;
    this.#people = new ImportedPeople(options.directory);
    this.#importer = importerOf(options.context.digest16, options.source).id;
    this.#context = { ...options.context, now: options.context.now() };
  }

  /** @throws StorageFailure; then the chunk may be there or not, and running again finds out */
  async importChunk(numbered: readonly NumberedLine[]): Promise<void> {
    const { context, source } = this.#options;
    this.#context = { ...context, now: context.now() };
    this.#chunk = emptyReport();
    const lines = numbered.flatMap((line) => this.#parse(line));
    const authors = new Set(lines.flatMap(({ parsed }) => parsed.author ?? []));
    const names = [...authors].map((name) => importedAuthor(context.digest16, name));
    await this.#people.ensure([importerOf(context.digest16, source), ...names], this.#context.now);
    for (const { number, parsed } of lines) {
      const left = await this.#place(await this.#channelOf(parsed), parsed);
      if (left) noteLeftOut(this.#chunk, number, left);
    }
    await this.#commit();
    addToReport(this.report, this.#chunk);
    this.report.peopleCreated = this.#people.created;
  }

  #parse(line: NumberedLine): { number: number; parsed: ImportedLine }[] {
    if (line.text?.trim() === '') return [];
    this.#chunk.read += 1;
    const parsed = line.text === null ? { reason: 'malformed', detail: line.reason } : parseImportedLine(line.text);
    if (!('reason' in parsed)) return [{ number: line.number, parsed }];
    noteLeftOut(this.#chunk, line.number, parsed);
    return [];
  }

  async #channelOf(line: ImportedLine): Promise<Channel> {
    const held = this.#channels.get(line.channel);
    if (held) return held;
    const { store, context, source } = this.#options;
    const words = JSON.stringify(['import', source, line.channel]);
    const conversation = idFromBytes(bytesOfDigest(context.digest16(words))) as ConversationId;
    const device = jobDeviceId(context.digest16, words);
    const state = (await store.loadLog(conversation)) ?? emptyLog(conversation);
    const highest = await store.loadHighestOperationNumber(device);
    const channel: Channel = {
      conversation,
      device,
      draft: new LogDraft(state),
      expect: state.head,
      entries: [],
      highest,
      seqs: new Map(),
    };
    this.#channels.set(line.channel, channel);
    if (state.head.seq === 0) this.#create(channel, line);
    for (const person of this.#options.members) this.#addMember(channel, line, person);
    return channel;
  }

  #create(channel: Channel, line: ImportedLine): void {
    const title = this.#options.titleOf(line.channel);
    const body = JSON.stringify({ type: 'group', members: [{ person: this.#importer, role: 'owner' }], title });
    const job = jobDeviceId(this.#context.digest16, JSON.stringify(['import create', channel.conversation]));
    const refused = this.#decide(channel, {
      ...this.#operation(channel, line),
      device: job,
      n: 1 as OperationNumber,
      kind: 'create',
      body,
    });
    if (refused) throw new Error(`cannot create the conversation of ${line.channel}: ${refused.reason}`);
    this.#chunk.conversationsCreated += 1;
  }

  /** A reader's membership: once for each time they are found outside. */
  #addMember(channel: Channel, line: ImportedLine, person: PersonId): void {
    const { state } = channel.draft;
    if (isMember(state, person)) return;
    const n = ((state.members.get(person)?.stays.length ?? 0) + 1) as OperationNumber;
    const device = jobDeviceId(this.#context.digest16, JSON.stringify(['import reader', channel.conversation, person]));
    const body = JSON.stringify({ person, role: 'member' });
    const refused = this.#decide(channel, { ...this.#operation(channel, line), device, n, kind: 'add', body });
    if (refused) throw new Error(`cannot add the reader to ${line.channel}: ${refused.reason}`);
    this.#chunk.membersAdded += 1;
  }

  async #place(channel: Channel, line: ImportedLine): Promise<LeftOut | null> {
    const body = await this.#bodyOf(channel, line);
    const author = line.author === null ? this.#importer : importedAuthor(this.#context.digest16, line.author).id;
    const operation: Operation = { ...this.#operation(channel, line), author, kind: line.kind === 'system' ? 'notice' : 'message', body };
    const known = await this.#knownMark(channel, operation.n);
    if (known) {
      channel.seqs.set(line.line, known.seq);
      const verdict = decideOperation(channel.draft.state, [], operation, { ...noFacts, sameOperation: known }, this.#context);
      if (verdict.verdict !== 'duplicate') return leftOut(line, 'another line of this channel and number was imported before');
      this.#chunk.alreadyThere += 1;
      return null;
    }
    if (operation.n < channel.highest) return leftOut(line, 'a later line of this channel was imported before');
    const refused = this.#admit(channel, line, author) ?? this.#decide(channel, operation);
    if (refused) return refused;
    channel.highest = operation.n;
    channel.seqs.set(line.line, channel.draft.state.head.seq);
    this.#chunk.written[line.kind] += 1;
    return null;
  }

  /** An author is a member from just before their first line. */
  #admit(channel: Channel, line: ImportedLine, person: PersonId): LeftOut | null {
    if (isMember(channel.draft.state, person)) return null;
    const device = jobDeviceId(this.#context.digest16, JSON.stringify(['import members', channel.conversation]));
    const body = JSON.stringify({ person, role: 'member' });
    return this.#decide(channel, { ...this.#operation(channel, line), device, kind: 'add', body });
  }

  #operation(channel: Channel, line: ImportedLine): Omit<Operation, 'kind' | 'body'> {
    const n = (line.line + 1) as OperationNumber;
    return {
      conversation: channel.conversation,
      author: this.#importer,
      device: channel.device,
      n,
      target: null,
      after: null,
      ts: line.ts,
    };
  }

  /** Lines come in order and numbers rise, so an operation that the log or this chunk has is known by its number: see `#knownMark`. */
  #decide(channel: Channel, operation: Operation): LeftOut | null {
    const verdict = decideOperation(channel.draft.state, [], operation, noFacts, this.#context);
    if (verdict.verdict === 'append') {
      channel.draft.apply(verdict.entry);
      channel.entries.push(verdict.entry);
      return null;
    }
    const reason = 'refusal' in verdict ? verdict.refusal.refused : verdict.verdict;
    return { reason, detail: `line ${operation.n - 1}` };
  }

  async #knownMark(channel: Channel, n: OperationNumber): Promise<OperationMark | null> {
    if (n > channel.highest) return null;
    const pending = channel.entries.find((entry) => entry.device === channel.device && entry.n === n);
    return pending ?? (await this.#options.store.findOperation(channel.device, n))?.mark ?? null;
  }

  /** Only earlier lines can be answered, so that a second run makes the same body. */
  async #bodyOf(channel: Channel, line: ImportedLine): Promise<string> {
    if (line.kind === 'system') return JSON.stringify({ text: line.text });
    const replyTo: Seq[] = [];
    for (const target of new Set(line.replyTo)) {
      const seq = target < line.line && replyTo.length < repliesPerMessageMax ? await this.#seqOf(channel, target) : null;
      if (seq !== null) replyTo.push(seq);
    }
    this.#chunk.replies.kept += replyTo.length;
    this.#chunk.replies.unknown += line.replyTo.length - replyTo.length;
    const body: MessageBody = { text: line.text, ...(replyTo.length > 0 && { replyTo }), ...(line.kind === 'action' && { action: true }) };
    return JSON.stringify(body);
  }

  async #seqOf(channel: Channel, line: number): Promise<Seq | null> {
    return channel.seqs.get(line) ?? (await this.#knownMark(channel, (line + 1) as OperationNumber))?.seq ?? null;
  }

  async #commit(): Promise<void> {
    const changed = [...this.#channels.values()].filter(({ entries }) => entries.length > 0);
    changed.sort((one, other) => (one.conversation < other.conversation ? -1 : 1));
    const appends = changed.map(({ conversation, expect, entries, draft }) => ({ conversation, expect, entries, state: draft.state }));
    if (appends.length > 0) {
      const outcomes = await this.#options.store.commit({ appends, markers: [] });
      const failed = outcomes.find((outcome) => outcome !== 'ok');
      if (failed) throw new Error(`cannot append what was read: ${failed}; run the import again, it goes on where it stopped`);
    }
    for (const channel of changed) {
      channel.expect = channel.draft.state.head;
      channel.entries = [];
      channel.draft = new LogDraft(channel.draft.state);
      if (channel.seqs.size > seqsHeldMax) channel.seqs.clear();
    }
    if (this.#channels.size > channelsHeldMax) this.#channels.clear();
  }
}

function leftOut(line: ImportedLine, reason: string): LeftOut {
  return { reason, detail: `line ${line.line} of ${line.channel}` };
}
