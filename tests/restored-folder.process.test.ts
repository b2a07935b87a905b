import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectAgreement } from '../testkit/agreement.ts';
import { waitUntil } from '../testkit/condition.ts';
import { TestDevice } from '../testkit/device.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { recount } from '../testkit/recount.ts';
import { seedPeople } from '../testkit/seeded-people.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const env = { PARLOUR_LOG_LEVEL: 'warn' };
/** Clients that found nobody for a while come back after up to 30 s. */
const returnMs = 120_000;

/** Three people, one of them on two devices, and a server whose folder can be copied and put back. */
async function openTown(root: string) {
  const [dataFolder, copy] = [join(root, 'data'), join(root, 'copy')];
  const logins = await seedPeople(dataFolder, { devices: { ana: 2, mara: 1, tom: 1 }, groupTitle: 'The square' });
  let server = await ParlourProcess.start({ dataFolder, env });
  const { port, url } = server;
  const names = ['ana', "ana's tablet", 'mara', 'tom'];
  const devices: TestDevice[] = [];
  for (const [index, login] of logins.entries()) devices.push(await TestDevice.open({ url, name: names[index] ?? '', login }));
  const [ana, tablet, mara, tom] = devices;
  if (!ana || !tablet || !mara || !tom) throw new Error('four logins were seeded');
  for (const { client } of devices) await client.whenSynced();
  const whileStopped = async (work: () => Promise<void>) => {
    await server.stop();
    await work();
    server = await ParlourProcess.start({ dataFolder, port, env });
    await waitUntil(() => {
      const away = devices.find(({ isOnline }) => !isOnline);
      return away ? `${away.name} is not back` : null;
    }, returnMs);
  };
  return {
    devices: { ana, tablet, mara, tom },
    dataFolder,
    agree: () => expectAgreement(dataFolder, devices),
    copyFolder: () => whileStopped(() => cp(dataFolder, copy, { recursive: true })),
    restoreCopy: () =>
      whileStopped(async () => {
        const entryCount = countEntries(dataFolder);
        await rm(dataFolder, { recursive: true });
        await cp(copy, dataFolder, { recursive: true });
        expect(countEntries(dataFolder)).toBeLessThan(entryCount);
        for (const device of devices) device.forgetShown();
      }),
    [Symbol.asyncDispose]: async () => {
      for (const device of devices) await device.close();
      await server.stop();
    },
  };
}

function countEntries(dataFolder: string): number {
  return [...recount(dataFolder).conversations.values()].reduce((sum, { entries }) => sum + entries.length, 0);
}

type Town = Awaited<ReturnType<typeof openTown>>;

async function settled({ agree, devices }: Town): Promise<void> {
  for (const { client } of Object.values(devices)) await client.whenIdle();
  const counted = await agree();
  expect(findLedgerFaults(counted, Object.values(devices))).toEqual([]);
}

async function talk({ devices }: Town, count: number): Promise<void> {
  const { ana, tablet, mara, tom } = devices;
  const square = ana.client.conversations.get().find(({ type }) => type === 'group');
  if (!square) throw new Error('there is no square');
  const [withMara, withTom] = [await ana.openDirect(mara.person), await tom.openDirect(ana.person)];
  for (let index = 0; index < count; index++) {
    for (const device of [ana, tablet, mara]) await device.send(withMara, `${device.name} to the two, ${device.sent.size + 1}`);
    await tom.send(withTom, `tom to ana, ${tom.sent.size + 1}`);
    for (const device of [ana, tablet, mara, tom]) await device.send(square.id, `${device.name} on the square, ${device.sent.size + 1}`);
    if (index % 3 === 0) mara.readAll(withMara);
  }
}

test('the folder restored from an older copy: clients step back, send what was lost again, and agree; nothing is doubled', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(folder.path);
  await talk(town, 5);
  await settled(town);
  await town.copyFolder();
  await talk(town, 10);
  await settled(town);

  await town.restoreCopy();
  await settled(town);
  // And life goes on: on the same logs, with new messages behind those that came back.
  await talk(town, 3);
  await settled(town);
  expect(await runParlour(['verify'], { dataFolder: town.dataFolder })).toMatchObject({ code: 0 });
});

test('the folder restored while clients still wait to send: what waited and what was lost both arrive, once, in order', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(folder.path);
  await talk(town, 2);
  await settled(town);
  await town.copyFolder();
  await talk(town, 4);
  await settled(town);
  const restored = town.restoreCopy();
  // The server is going down, away or just back while these are written.
  await talk(town, 4);
  await restored;
  await settled(town);
  expect(await runParlour(['verify'], { dataFolder: town.dataFolder })).toMatchObject({ code: 0 });
});

test('the folder restored twice from the same copy', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(folder.path);
  await talk(town, 2);
  await settled(town);
  await town.copyFolder();
  for (let round = 0; round < 2; round++) {
    await talk(town, 3);
    await settled(town);
    await town.restoreCopy();
    await settled(town);
  }
  expect(await runParlour(['verify'], { dataFolder: town.dataFolder })).toMatchObject({ code: 0 });
});

test('a conversation that began after the copy was made begins again, with all that its people had said', async () => {
  await using folder = await TemporaryFolder.make();
  await using town = await openTown(folder.path);
  const { mara, tom } = town.devices;
  await talk(town, 2);
  await settled(town);
  await town.copyFolder();
  const conversation = await mara.openDirect(tom.person);
  for (let count = 1; count <= 5; count++) {
    await mara.send(conversation, `mara says something new, ${count}`);
    await tom.send(conversation, `tom answers ${count}`);
  }
  await settled(town);
  await town.restoreCopy();
  await settled(town);
});
