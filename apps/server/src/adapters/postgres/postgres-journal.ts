import type { ConversationId, PersonId, RegisterVersion } from '@parlour/core/ids';
import { CompiledQuery, type Kysely } from 'kysely';
import type { CommitJournal, UntoldCommit } from '../../ports/commit-journal.ts';
import type { PersonNotes } from '../sql/person-notes.ts';
import type { Tables } from '../sql/tables.ts';
import { numberArray } from './array-literal.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** More than this many commits that nobody asked for are told by whoever finds their notes. */
const answeredMax = 100_000;

/** In place of a conversation, where a marker's would be: it is the person's own that changed. */
const instead = { registers: null, profile: 0 } as const;

/** The notes lie beside the log; the log's writer puts them there, in the statement that commits, and who changes what is a person's own in the transaction. */
export class PostgresJournal implements CommitJournal, PersonNotes {
  readonly #database: PostgresDatabase;
  #answered: number[] = [];

  constructor(database: PostgresDatabase) {
    this.#database = database;
    // Their keys may be given to others' notes; these here are then told by whoever finds them.
    database.onLost(() => {
      this.#answered = [];
    });
  }

  /** Called once all that a call wrote is answered, right before its notices are published. */
  answered(notes: readonly number[]): void {
    if (this.#answered.length + notes.length <= answeredMax) this.#answered.push(...notes);
  }

  async notePerson(trx: Kysely<Tables>, person: number, changed: keyof typeof instead): Promise<number> {
    const { rows } = await trx.executeQuery<{ id: number }>(CompiledQuery.raw(notePersonText, [instead[changed], person]));
    const [row] = rows;
    if (!row) throw new TypeError('a note was written, and has no key');
    return row.id;
  }

  takeAnswered(): readonly number[] {
    const answered = this.#answered;
    this.#answered = [];
    return answered;
  }

  async strikeOut(notes: readonly number[]): Promise<void> {
    if (notes.length > 0) await this.#database.write({ text: strikeOutText, values: [numberArray(notes)] });
  }

  async loadUntold({ minMs, maxMs, countMax }: Parameters<CommitJournal['loadUntold']>[0]): Promise<readonly UntoldCommit[]> {
    const rows = await this.#database.read<UntoldColumns>({ text: untoldText, values: [minMs, maxMs, countMax] });
    return rows.map(({ id, conversations, markers, registers, profiles }) => ({
      note: id,
      conversations,
      markers: markers.map(([conversation, person]) => ({ conversation, person })),
      registers: registers.map(([person, headVer]) => ({ person, headVer })),
      profiles,
    }));
  }

  async forget({ minMs }: { readonly minMs: number }): Promise<void> {
    await this.#database.write({ text: forgetText, values: [minMs] });
  }
}

type UntoldColumns = {
  readonly id: number;
  readonly conversations: readonly ConversationId[];
  readonly markers: readonly (readonly [ConversationId, PersonId])[];
  readonly registers: readonly (readonly [PersonId, RegisterVersion])[];
  readonly profiles: readonly PersonId[];
};

const before = (parameter: string): string => `clock_timestamp() - ${parameter}::int * interval '1 millisecond'`;
const strikeOutText = 'delete from untold where id = any($1::bigint[])';
const forgetText = `delete from untold where at < ${before('$1')}`;
const notePersonText = `insert into untold (conversations, marked, people) values ('{}', array[$1::bigint], array[$2::bigint]) returning id`;
/** Public ids, as json: a note is read by others than who wrote it. */
const untoldText = `select u.id,
    (select coalesce(json_agg(c.public_id), '[]') from conversation c where c.id = any(u.conversations)) as conversations,
    (select coalesce(json_agg(json_build_array(c.public_id, p.public_id)), '[]') from unnest(u.marked, u.people) m (conv, person)
      join conversation c on c.id = m.conv join person p on p.id = m.person) as markers,
    (select coalesce(json_agg(json_build_array(p.public_id, p.register_ver)), '[]') from unnest(u.marked, u.people) m (conv, person)
      join person p on p.id = m.person where m.conv is null) as registers,
    (select coalesce(json_agg(p.public_id), '[]') from unnest(u.marked, u.people) m (conv, person)
      join person p on p.id = m.person where m.conv = ${instead.profile}) as profiles
  from untold u where u.at < ${before('$1')} and u.at >= ${before('$2')} order by u.at limit $3`;
