import { bodyOf } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import type { Append, AppendOutcome, Commit, MarkerRaise } from '../../ports/log-store.ts';
import { UniqueViolation } from '../sql/unique-violation.ts';
import { CommitColumns, type CommitKeys } from './commit-columns.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import type { PostgresJournal } from './postgres-journal.ts';
import type { PostgresKeys } from './postgres-keys.ts';

/** A conversation that was won, or the commit's note. */
type Answered =
  | { readonly place: number; readonly conv: number; readonly note: null }
  | { readonly place: null; readonly conv: null; readonly note: number };

/** `lossCount`: as it was when the commit was decided. What it stands on, and the keys it is written with, are those of the server of that time. */
type Around = { readonly keys: CommitKeys; readonly notes: number[]; readonly lossCount: number };

/** Writes group commits: each is one statement and so one transaction, one way to the server and back, whatever it carries. */
export class PostgresLogWriter {
  readonly #database: PostgresDatabase;
  readonly #keys: PostgresKeys;
  readonly #journal: PostgresJournal | null;

  constructor(database: PostgresDatabase, keys: PostgresKeys, journal: PostgresJournal | null) {
    this.#database = database;
    this.#keys = keys;
    this.#journal = journal;
  }

  /** @throws StorageFailure */
  async commit({ appends, markers }: Commit): Promise<AppendOutcome[]> {
    const { lossCount } = this.#database;
    const outcomes: AppendOutcome[] = [];
    const notes: number[] = [];
    const rounds = roundsOf(appends);
    for (const [index, round] of rounds.entries())
      outcomes.push(...(await this.#commitRound(round, index === rounds.length - 1 ? markers : [], { notes, lossCount })));
    this.#journal?.answered(notes);
    return outcomes;
  }

  /** Appends to different conversations. */
  async #commitRound(appends: readonly Append[], markers: readonly MarkerRaise[], of: Omit<Around, 'keys'>): Promise<AppendOutcome[]> {
    const keys = await this.#keysOf(appends, markers);
    const together = await this.#write(appends, markers, { ...of, keys });
    if (together) return together;
    // Some (device, n) is taken: rare, so each append now pays for a transaction of its own, and only the guilty one fails.
    const outcomes: AppendOutcome[] = [];
    for (const append of appends) outcomes.push((await this.#write([append], [], { ...of, keys }))?.[0] ?? 'id_taken');
    if (markers.length > 0) await this.#write([], markers, { ...of, keys: await this.#keysOf([], markers) });
    return outcomes;
  }

  /** @returns null where a unique key stood in the way; then nothing was written */
  async #write(
    appends: readonly Append[],
    markers: readonly MarkerRaise[],
    { keys, notes, lossCount }: Around,
  ): Promise<AppendOutcome[] | null> {
    const outcomes: AppendOutcome[] = appends.map(() => 'conflict');
    const columns = new CommitColumns(keys);
    for (const [place, append] of appends.entries()) {
      // Nothing was ever appended to it, so its head is not the one that is expected.
      if (append.expect.seq > 0 && !keys.conversations.has(append.conversation)) continue;
      columns.add(append, place);
    }
    for (const raises of raisesOfEach(markers)) columns.raise(raises);
    if (columns.isEmpty) return outcomes;
    try {
      const { rows } = await this.#database.write<Answered>(columns.statement(this.#journal !== null), { atLossCount: lossCount });
      for (const { place, conv, note } of rows) {
        if (note !== null) notes.push(note);
        if (place === null) continue;
        outcomes[place] = 'ok';
        const append = appends[place];
        if (append?.expect.seq === 0) this.#keys.conversations.learn(append.conversation, conv);
      }
      return outcomes;
    } catch (error) {
      if (error instanceof UniqueViolation) return null;
      throw error;
    }
  }

  async #keysOf(appends: readonly Append[], markers: readonly MarkerRaise[]): Promise<CommitKeys> {
    const people = new Set<PersonId>();
    const devices = new Map<DeviceId, number>();
    const conversations = new Set<ConversationId>();
    for (const { conversation, expect, entries } of appends) {
      if (expect.seq > 0) conversations.add(conversation);
      for (const entry of entries) {
        people.add(entry.author);
        devices.set(entry.device, devices.get(entry.device) ?? entry.ts);
        if (entry.kind === 'create') for (const { person } of bodyOf('create', entry).members) people.add(person);
        else if (entry.kind === 'add' || entry.kind === 'remove' || entry.kind === 'role') people.add(bodyOf(entry.kind, entry).person);
      }
    }
    for (const { conversation, person } of markers) {
      conversations.add(conversation);
      people.add(person);
    }
    return {
      people: await this.#keys.people.keysOf(people),
      devices: await this.#keys.deviceKeys(devices),
      conversations: await this.#keys.conversations.keysOf(conversations),
    };
  }
}

/** Of one conversation the second append stands on the first, and no statement sees what it writes itself: it waits for the next round. */
function roundsOf(appends: readonly Append[]): readonly (readonly Append[])[] {
  const rounds: Append[][] = [[]];
  let seen = new Set<ConversationId>();
  for (const append of appends) {
    if (seen.has(append.conversation)) {
      rounds.push([]);
      seen = new Set();
    }
    seen.add(append.conversation);
    rounds.at(-1)?.push(append);
  }
  return rounds;
}

function raisesOfEach(markers: readonly MarkerRaise[]): Iterable<readonly MarkerRaise[]> {
  const each = new Map<string, MarkerRaise[]>();
  for (const raise of markers) {
    const key = `${raise.conversation} ${raise.person}`;
    each.set(key, [...(each.get(key) ?? []), raise]);
  }
  return each.values();
}
