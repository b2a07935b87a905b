import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * Where several servers are to hear what a person changed of their own, it is written down in the transaction that changes it: then others are told,
 * whatever becomes of this server.
 */
export type PersonNotes = {
  /** @param person the key @returns the note */
  notePerson(trx: Kysely<Tables>, person: number, changed: 'registers' | 'profile'): Promise<number>;
  /** The transaction is answered; called right before it is told. */
  answered(notes: readonly number[]): void;
};
