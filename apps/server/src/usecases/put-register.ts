import type { Environment } from '@parlour/core/environment';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { PersonId, RegisterVersion } from '@parlour/core/ids';
import type { Bus } from '../ports/bus.ts';
import type { RegisterStore, RegisterWrite } from '../ports/register-store.ts';

/** Long enough that two writes which do not know of each other hardly ever come to one version; short enough for 2^34 writes. */
const stepMax = 2 ** 20;

export type WrittenRegister = { readonly key: string; readonly ver: RegisterVersion; readonly previousVer: RegisterVersion };

/** [REG-1] Written only over the version that the writer saw. A conflict says which version is there; the writer reads it and decides. */
export async function putRegister(
  person: PersonId,
  write: Omit<RegisterWrite, 'step'>,
  {
    registers,
    bus,
    environment,
  }: { readonly registers: RegisterStore; readonly bus: Bus; readonly environment: Pick<Environment, 'random'> },
): Promise<WrittenRegister | Refusal<'register_conflict' | 'too_many_registers'>> {
  const step = 1 + Math.floor(environment.random() * stepMax);
  const put = await registers.put(person, { ...write, step });
  if (put.outcome === 'conflict') return refuse('register_conflict', { ver: put.current?.ver ?? 0 });
  if (put.outcome === 'full') return refuse('too_many_registers');
  tellRegisters(bus, person, put.ver);
  return { key: write.key, ver: put.ver, previousVer: (put.ver - step) as RegisterVersion };
}

/** Settings say what others see of a person, so those who look hear of them too. */
export function tellRegisters(bus: Bus, person: PersonId, headVer: RegisterVersion): void {
  bus.publish({ notice: 'registers', person, headVer }, () => [`person.${person}`, `presence.${person}`]);
}
