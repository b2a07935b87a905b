import { MemoryStore } from '@parlour/sdk/memory-store';
import { expect, test } from 'vitest';
import { expectAgreement } from '../testkit/agreement.ts';
import { TestDevice } from '../testkit/device.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { seedPeople } from '../testkit/seeded-people.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

async function openPair(dataFolder: string) {
  const [ofAna, ofMara] = await seedPeople(dataFolder, { devices: { ana: 1, mara: 1 } });
  if (!ofAna || !ofMara) throw new Error('two logins were seeded');
  const server = await ParlourProcess.start({ dataFolder, env: { PARLOUR_LOG_LEVEL: 'warn' } });
  const ana = await TestDevice.open({ url: server.url, name: 'ana', login: ofAna });
  const mara = await TestDevice.open({ url: server.url, name: 'mara', login: ofMara });
  const conversation = await ana.openDirect(mara.person);
  const say = async (device: TestDevice, count: number) => {
    for (let index = 0; index < count; index++) await device.send(conversation, `${device.name} says ${device.sent.size + 1}`);
  };
  const settle = async () => {
    for (const { client } of [ana, mara]) await client.whenIdle();
    expect(findLedgerFaults(await expectAgreement(dataFolder, [ana, mara]), [ana, mara])).toEqual([]);
  };
  const close = async () => {
    for (const device of [ana, mara]) await device.close();
    await server.stop();
  };
  return { ana, mara, say, settle, [Symbol.asyncDispose]: close };
}

async function deviceIdOf({ store }: TestDevice): Promise<unknown> {
  return store.transact((transaction) => transaction.get('meta', 'device'));
}

test('an evicted client store becomes a new device and has all that the server has', async () => {
  await using folder = await TemporaryFolder.make();
  await using pair = await openPair(folder.path);
  const { ana, mara, say, settle } = pair;
  await say(ana, 70);
  await say(mara, 30);
  await settle();
  const me = ana.client.me.get();
  if (!me) throw new Error('ana is logged in');
  const device = await deviceIdOf(ana);
  await ana.close();
  ana.store = new MemoryStore();
  await ana.store.transact(async (transaction) => transaction.put('meta', 'me', me));
  await ana.start();
  await say(ana, 3);
  await say(mara, 3);
  await settle();
  expect(await deviceIdOf(ana)).not.toBe(device);
});

test('a restored client store becomes a new device; what it still had to send, and what it had sent since, is there once', async () => {
  await using folder = await TemporaryFolder.make();
  await using pair = await openPair(folder.path);
  const { ana, mara, say, settle } = pair;
  await say(ana, 5);
  await settle();
  // Some of these are still on their way when the copy is made.
  await say(ana, 5);
  const copy = await ana.store.copy();
  const pending = await copy.transact((transaction) => transaction.scan('outbox'));
  expect(pending.length).toBeGreaterThan(0);
  await say(ana, 5);
  await say(mara, 5);
  await settle();
  const device = await deviceIdOf(ana);
  await ana.close();
  ana.store = copy;
  await ana.start();
  await say(ana, 5);
  await settle();
  expect(await deviceIdOf(ana)).not.toBe(device);
});
