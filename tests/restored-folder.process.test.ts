import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTown, type Town, talk } from '../testkit/town.ts';
import { runParlour } from './parlour-command.ts';
import { TemporaryFolder } from './parlour-process.ts';

function copyFolder({ whileStopped, dataFolder }: Town, root: string): Promise<void> {
  return whileStopped(() => cp(dataFolder, join(root, 'copy'), { recursive: true }));
}

function restoreCopy({ whileStopped, dataFolder, countEntries, forgetShown }: Town, root: string): Promise<void> {
  return whileStopped(async () => {
    const entryCount = await countEntries();
    await rm(dataFolder, { recursive: true });
    await cp(join(root, 'copy'), dataFolder, { recursive: true });
    expect(await countEntries()).toBeLessThan(entryCount);
    forgetShown();
  });
}

test('the folder restored from an older copy: clients step back, send what was lost again, and agree; nothing is doubled', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(join(folder.path, 'data'));
  await talk(town, 5);
  await town.settled();
  await copyFolder(town, folder.path);
  await talk(town, 10);
  await town.settled();

  await restoreCopy(town, folder.path);
  await town.settled();
  // And life goes on: on the same logs, with new messages behind those that came back.
  await talk(town, 3);
  await town.settled();
  expect(await runParlour(['verify'], { dataFolder: town.dataFolder })).toMatchObject({ code: 0 });
});

test('the folder restored while clients still wait to send: what waited and what was lost both arrive, once, in order', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(join(folder.path, 'data'));
  await talk(town, 2);
  await town.settled();
  await copyFolder(town, folder.path);
  await talk(town, 4);
  await town.settled();
  const restored = restoreCopy(town, folder.path);
  // The server is going down, away or just back while these are written.
  await talk(town, 4);
  await restored;
  await town.settled();
  expect(await runParlour(['verify'], { dataFolder: town.dataFolder })).toMatchObject({ code: 0 });
});

test('the folder restored twice from the same copy', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(join(folder.path, 'data'));
  await talk(town, 2);
  await town.settled();
  await copyFolder(town, folder.path);
  for (let round = 0; round < 2; round++) {
    await talk(town, 3);
    await town.settled();
    await restoreCopy(town, folder.path);
    await town.settled();
  }
  expect(await runParlour(['verify'], { dataFolder: town.dataFolder })).toMatchObject({ code: 0 });
});

test('a conversation that began after the copy was made begins again, with all that its people had said', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(join(folder.path, 'data'));
  const { mara, tom } = town.devices;
  await talk(town, 2);
  await town.settled();
  await copyFolder(town, folder.path);
  const conversation = await mara.openDirect(tom.person);
  for (let count = 1; count <= 5; count++) {
    await mara.send(conversation, `mara says something new, ${count}`);
    await tom.send(conversation, `tom answers ${count}`);
  }
  await town.settled();
  await restoreCopy(town, folder.path);
  await town.settled();
});
