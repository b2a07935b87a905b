import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type CommandEnd, runParlour } from '../tests/parlour-command.ts';
import { openTown, talk } from './town.ts';

export type Kept = {
  /** For everything of the test. */
  readonly root: string;
  /** Where people and conversations are kept, where that is not the folder. */
  readonly postgresUrl?: string;
  /** All that the server keeps is gone. */
  readonly destroy: (dataFolder: string) => Promise<void>;
};

/** A backup while people talk, everything destroyed, the backup brought back: whoever still has what was said since brings it back too. */
export async function expectRestored({ root, postgresUrl, destroy }: Kept): Promise<void> {
  const backup = join(root, 'backup');
  await using town = await openTown(join(root, 'data'), postgresUrl);
  const { dataFolder, env } = town;
  const run = (...args: readonly string[]): Promise<CommandEnd> => runParlour(args, { dataFolder, env });
  await talk(town, 4);
  await town.settled();

  const talking = talk(town, 6);
  const kept = await run('backup', '--to', backup);
  expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining('every chain holds') });
  expect(statSync(backup).mode & 0o077).toBe(0);
  await talking;
  await talk(town, 2);
  await town.settled();
  expect(await run('backup', '--to', backup)).toMatchObject({ code: 1, stderr: expect.stringContaining('it is there already') });

  const entryCount = await town.countEntries();
  await town.whileStopped(async () => {
    const over = await run('restore', '--from', backup);
    expect(over).toMatchObject({ code: 1, stderr: expect.stringMatching(/there is a database in it|there are people in it/) });
    expect(await town.countEntries()).toBe(entryCount);
    await destroy(dataFolder);
    expect(await run('restore', '--from', join(root, 'nothing'))).toMatchObject({ code: 1 });
    expect(await run('restore', '--from', backup)).toMatchObject({ code: 0, stdout: expect.stringContaining('every chain holds') });
    expect(await town.countEntries()).toBeLessThan(entryCount);
    town.forgetShown();
  });
  await town.settled();
  expect(await town.countEntries()).toBe(entryCount);
  await talk(town, 2);
  await town.settled();
  expect(await run('verify')).toMatchObject({ code: 0 });
  expect(readdirSync(root).filter((name) => name.includes('unfinished'))).toEqual([]);
}
