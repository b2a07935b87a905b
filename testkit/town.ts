import { expect } from 'vitest';
import { ParlourProcess } from '../tests/parlour-process.ts';
import { expectAgreement } from './agreement.ts';
import { waitUntil } from './condition.ts';
import { TestDevice } from './device.ts';
import { findLedgerFaults } from './ledger.ts';
import { recount, recountPostgres } from './recount.ts';
import { seedPeople } from './seeded-people.ts';

/** Clients that found nobody for a while come back after up to 30 s. */
const returnMs = 120_000;

/** Three people, one of them on two devices, and a server that can be stopped while something happens to what it keeps. */
export async function openTown(dataFolder: string, postgresUrl?: string) {
  const engine = postgresUrl === undefined ? {} : { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: postgresUrl };
  const env = { PARLOUR_LOG_LEVEL: 'warn', ...engine };
  const people = { devices: { ana: 2, mara: 1, tom: 1 }, groupTitle: 'The square' };
  const logins = await seedPeople(dataFolder, { ...people, ...(postgresUrl === undefined ? {} : { postgresUrl }) });
  let server = await ParlourProcess.start({ dataFolder, env });
  const { port, url } = server;
  const names = ['ana', "ana's tablet", 'mara', 'tom'];
  const devices: TestDevice[] = [];
  for (const [index, login] of logins.entries()) devices.push(await TestDevice.open({ url, name: names[index] ?? '', login }));
  const [ana, tablet, mara, tom] = devices;
  if (!ana || !tablet || !mara || !tom) throw new Error('four logins were seeded');
  for (const { client } of devices) await client.whenSynced();
  const countNow = async () => (postgresUrl === undefined ? recount(dataFolder) : recountPostgres(postgresUrl));
  return {
    devices: { ana, tablet, mara, tom },
    dataFolder,
    env,
    countEntries: async () => [...(await countNow()).conversations.values()].reduce((sum, { entries }) => sum + entries.length, 0),
    whileStopped: async (work: () => Promise<void>) => {
      await server.stop();
      await work();
      server = await ParlourProcess.start({ dataFolder, port, env });
      await waitUntil(() => {
        const away = devices.find(({ isOnline }) => !isOnline);
        return away ? `${away.name} is not back` : null;
      }, returnMs);
    },
    /** The server is to go back in time: what is shown of later may be shown again. */
    forgetShown: () => {
      for (const device of devices) device.forgetShown();
    },
    /** Everything has arrived, and each device shows what is kept. */
    settled: async () => {
      for (const { client } of devices) await client.whenIdle();
      expect(findLedgerFaults(await expectAgreement(countNow, devices), devices)).toEqual([]);
    },
    [Symbol.asyncDispose]: async () => {
      for (const device of devices) await device.close();
      await server.stop();
    },
  };
}

export type Town = Awaited<ReturnType<typeof openTown>>;

/** All of them, with each other. */
export async function talk({ devices }: Town, count: number): Promise<void> {
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
