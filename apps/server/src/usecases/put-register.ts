import { type Refusal, refuse } from '@parlour/core/errors';
import type { PersonId, RegisterVersion } from '@parlour/core/ids';
import type { Bus } from '../ports/bus.ts';
import type { RegisterStore, RegisterWrite } from '../ports/register-store.ts';

/** [REG-1] Written only over the version that the writer saw. A conflict says which version is there; the writer reads it and decides. */
export async function putRegister(
  person: PersonId,
  write: RegisterWrite,
  { registers, bus }: { readonly registers: RegisterStore; readonly bus: Bus },
): Promise<{ readonly key: string; readonly ver: RegisterVersion } | Refusal<'register_conflict' | 'too_many_registers'>> {
  const put = await registers.put(person, write);
  if (put.outcome === 'conflict') return refuse('register_conflict', { ver: put.current?.ver ?? 0 });
  if (put.outcome === 'full') return refuse('too_many_registers');
  bus.publish({ notice: 'registers', person, headVer: put.ver });
  return { key: write.key, ver: put.ver };
}
