import type { PersonId, RegisterVersion } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { sumOfVersions } from '@parlour/core/register-sum';
import type { Register, RegisterPut, RegisterStore, RegistersHead, RegisterWrite } from '../../ports/register-store.ts';

type Registers = { headVer: RegisterVersion; readonly byKey: Map<string, Register> };

/** The reference: as plain as the contract allows. */
export class MemoryRegisterStore implements RegisterStore {
  readonly #people = new Map<PersonId, Registers>();

  /** As it is now; neither hears of the other any more. */
  copy(): MemoryRegisterStore {
    const copy = new MemoryRegisterStore();
    for (const [person, { headVer, byKey }] of this.#people) copy.#people.set(person, { headVer, byKey: new Map(byKey) });
    return copy;
  }

  async loadRegistersSince(person: PersonId, sinceVer: RegisterVersion, limit: number): Promise<readonly Register[]> {
    return [...(this.#people.get(person)?.byKey.values() ?? [])]
      .filter(({ ver }) => ver > sinceVer)
      .sort((one, other) => one.ver - other.ver)
      .slice(0, limit);
  }

  async loadRegisters(person: PersonId, keys: readonly string[]): Promise<readonly Register[]> {
    return [...(this.#people.get(person)?.byKey.values() ?? [])].filter(({ key }) => keys.includes(key));
  }

  async loadHead(person: PersonId): Promise<RegistersHead> {
    const { headVer, byKey } = this.#people.get(person) ?? { headVer: 0 as RegisterVersion, byKey: new Map<string, Register>() };
    return { ver: headVer, sum: sumOfVersions([...byKey.values()].map(({ ver }) => ver)) };
  }

  async put(person: PersonId, { key, expectVer, value, step }: RegisterWrite): Promise<RegisterPut> {
    const held = this.#people.get(person) ?? { headVer: 0 as RegisterVersion, byKey: new Map<string, Register>() };
    this.#people.set(person, held);
    const current = held.byKey.get(key) ?? null;
    if ((current?.ver ?? 0) !== expectVer) return { outcome: 'conflict', current };
    if (current === null && held.byKey.size >= limits.registersPerPersonMax) return { outcome: 'full' };
    held.headVer = (held.headVer + step) as RegisterVersion;
    held.byKey.set(key, { key, ver: held.headVer, value });
    return { outcome: 'ok', ver: held.headVer };
  }
}
