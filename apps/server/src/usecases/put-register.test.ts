import { StorageFailure } from '@parlour/core/errors';
import type { PersonId, RegisterVersion } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryRegisterStore } from '../adapters/memory/memory-register-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import type { Notice } from '../ports/bus.ts';
import type { RegisterStore } from '../ports/register-store.ts';
import { putRegister } from './put-register.ts';

test('[REG-1] what was written under an unknown outcome is told, though nobody tries it again', async () => {
  const environment = new ManualEnvironment(1);
  const person = environment.id() as PersonId;
  const store = new MemoryRegisterStore();
  let readFailsOnce = true;
  const registers: RegisterStore = {
    loadRegistersSince: (...asked) => store.loadRegistersSince(...asked),
    loadRegisters: (...asked) => store.loadRegisters(...asked),
    loadHead: async (asked) => {
      if (!readFailsOnce) return store.loadHead(asked);
      readFailsOnce = false;
      throw new StorageFailure('it does not answer yet', { outcome: 'not_applied', retryAfterMs: 0 });
    },
    put: async (...asked) => {
      await store.put(...asked);
      throw new StorageFailure('the answer was lost', { outcome: 'unknown', retryAfterMs: 0 });
    },
  };
  const bus = new MemoryBus();
  const notices: Notice[] = [];
  bus.subscribe((notice) => void notices.push(notice));
  const write = { key: 'draft:x', expectVer: 0 as RegisterVersion, value: '"hello"' };
  await expect(putRegister(person, write, { registers, bus, environment })).rejects.toThrow('the answer was lost');
  expect(notices).toEqual([]);
  const { ver } = await store.loadHead(person);
  await environment.advance(1_000);
  expect(notices).toEqual([]);
  await environment.advance(4_000);
  expect(notices).toEqual([{ notice: 'registers', person, headVer: ver }]);
});
