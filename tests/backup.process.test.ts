import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { expectRestored } from '../testkit/backup-and-restore.ts';
import { runParlour } from './parlour-command.ts';
import { TemporaryFolder } from './parlour-process.ts';

test('what parlour backup kept while people talked comes back after the folder was destroyed', async () => {
  await using folder = await TemporaryFolder.make();
  await expectRestored({ root: folder.path, destroy: (dataFolder) => rm(dataFolder, { recursive: true }) });
});

test('a backup that was damaged is not brought back, and nothing is kept of a folder that cannot be backed up', async () => {
  await using folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  const backup = join(folder.path, 'backup');
  const run = (...args: readonly string[]) => runParlour(args, { dataFolder, input: 'nine violet kettles sing at dawn\n' });
  expect(await run('backup', '--to', backup)).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no database in it') });
  expect(await run('user', 'create', '--handle', 'ada', '--email', 'ada@example.org', '--password-stdin')).toMatchObject({ code: 0 });
  expect(await run('backup', '--to', backup)).toMatchObject({ code: 0 });
  await writeFile(dataFolderPaths.database(backup), 'no database any more');
  await rm(dataFolder, { recursive: true });
  const restored = await run('restore', '--from', backup);
  expect(restored.code).toBe(1);
  expect(restored.stderr).not.toContain('    at ');
});
