import type { PersonId, RegisterVersion } from '@parlour/core/ids';
import type { Register, RegisterStore } from '../ports/register-store.ts';

export type LoadedRegisters = {
  readonly registers: readonly Register[];
  readonly headVer: RegisterVersion;
  readonly sum: number;
  readonly more: boolean;
};

/** What changed since a version, in order. The head is read first: what is written in between is in the next answer at the latest. */
export async function loadRegisters(
  person: PersonId,
  { sinceVer, limit }: { readonly sinceVer: RegisterVersion; readonly limit: number },
  registers: RegisterStore,
): Promise<LoadedRegisters> {
  const { ver: headVer, sum } = await registers.loadHead(person);
  const found = await registers.loadRegistersSince(person, sinceVer, limit + 1);
  return { registers: found.slice(0, limit), headVer, sum, more: found.length > limit };
}
