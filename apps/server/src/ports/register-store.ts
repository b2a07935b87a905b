import type { PersonId, RegisterVersion } from '@parlour/core/ids';

/**
 * Personal state: drafts, settings, and what later features keep for one person on all their devices. Six answers:
 * - atomic: one register at a time
 * - ordered by: one counter a person; each write takes a later version, as many steps on as its writer says
 * - idempotent by: (person, key, expected version): the second of two equal writes is a conflict, and the caller sees its own value there
 * - after a timeout: load the register and compare
 * - consistency: a person reads their own writes
 * - cost: one durable commit a write; a pull is one read by key
 */
export interface RegisterStore {
  loadRegistersSince(person: PersonId, sinceVer: RegisterVersion, limit: number): Promise<readonly Register[]>;
  /** Those of these keys that were ever written, in any order. */
  loadRegisters(person: PersonId, keys: readonly string[]): Promise<readonly Register[]>;
  loadHead(person: PersonId): Promise<RegistersHead>;
  /** Writes if the register's version is still `expectVer` (0: it does not exist). @throws StorageFailure */
  put(person: PersonId, write: RegisterWrite): Promise<RegisterPut>;
}

export type Register = { readonly key: string; readonly ver: RegisterVersion; readonly value: string | null };
/** `ver`: the newest version there is, 0 before any. `sum`: see `sumOfVersions`; of all registers that there are. */
export type RegistersHead = { readonly ver: RegisterVersion; readonly sum: number };
export type RegisterWrite = {
  readonly key: string;
  readonly expectVer: RegisterVersion;
  readonly value: string | null;
  /** Steps that the counter takes, at least 1. */
  readonly step: number;
};
export type RegisterPut =
  | { readonly outcome: 'ok'; readonly ver: RegisterVersion }
  | { readonly outcome: 'conflict'; readonly current: Register | null }
  | { readonly outcome: 'full' };
