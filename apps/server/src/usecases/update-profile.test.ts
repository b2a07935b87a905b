import { StorageFailure } from '@parlour/core/errors';
import type { PersonId } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import type { Notice } from '../ports/bus.ts';
import { updateProfile } from './update-profile.ts';

const environment = new ManualEnvironment(1);
const person = environment.id() as PersonId;

/** A directory in which they are, and whose answer to a change is always lost. */
class LosingDirectory extends MemoryDirectory {
  override async updateProfile(...change: Parameters<MemoryDirectory['updateProfile']>): Promise<never> {
    await super.updateProfile(...change);
    throw new StorageFailure('the answer was lost', { outcome: 'unknown', retryAfterMs: 0 });
  }
}

test('[NAME-1] a name that was written under an unknown outcome is told, though nobody tries it again', async () => {
  const directory = new LosingDirectory();
  await directory.createPerson({
    id: person,
    handle: 'ada',
    handleKey: 'ada',
    displayName: 'Ada',
    nameKey: 'ada',
    about: '',
    emailKey: 'ada@example.org',
    passwordHash: '',
    createdAt: environment.now(),
  });
  const bus = new MemoryBus();
  const notices: Notice[] = [];
  bus.subscribe((notice) => void notices.push(notice));
  await expect(updateProfile(person, { displayName: 'Ada Field' }, { directory, bus, environment })).rejects.toThrow('the answer was lost');
  expect(notices).toEqual([]);
  await environment.advance(1_000);
  expect(notices).toEqual([{ notice: 'person', person }]);
  expect((await directory.loadPeople([person]))[0]?.displayName).toBe('Ada Field');
});
