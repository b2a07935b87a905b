import { expect, test } from 'vitest';
import { type ChaosPlan, type ChaosReport, runChaos } from '../testkit/chaos-run.ts';
import type { House } from '../testkit/house.ts';
import { SmallDisk } from '../testkit/small-disk.ts';
import type { Trouble, TroubleKind } from '../testkit/troubles.ts';

const probe = await SmallDisk.mount(1_048_576);
const noDisk = typeof probe === 'string' ? probe : null;
if (typeof probe !== 'string') await probe[Symbol.asyncDispose]();
if (noDisk !== null) console.log(`left out: a full disk, because ${noDisk}`);

/** One trouble by itself, while everybody talks. */
async function endure(kind: TroubleKind, forMs: number, more: Partial<ChaosPlan> = {}): Promise<ChaosReport> {
  const trouble: Trouble = { atMs: 1_000, kind, server: null, forMs, lateMs: 0 };
  const report = await runChaos({ lengthMs: 3_000, seed: 1, say: console.log, troubles: [trouble], ...more });
  expect(report.troubles[kind]).toBe(1);
  return report;
}

test('PostgreSQL fails over to a replica that has all that was acknowledged: it is there, once, in order, and all show the same', async () => {
  const report = await endure('PostgreSQL failed over', 1_000);
  expect(report).toMatchObject({ faults: [], lostCount: 0, acknowledgedCount: report.sentCount });
  expect(report.acknowledgedInTroubleCount).toBeGreaterThan(10);
});

test('PostgreSQL fails over to a replica that lacks its tail: devices send what they had in it again, once, and all show the same', async () => {
  const report = await endure('PostgreSQL failed over without its tail', 1_000);
  expect(report).toMatchObject({ faults: [], goneCount: 0, acknowledgedCount: report.sentCount });
  expect(report.lostCount).toBeGreaterThan(0);
  expect(report.entryCount).toBeGreaterThan(report.sentCount);
});

test('a message that stays lost though its device held it when the tail went is found out', async () => {
  const report = await endure('PostgreSQL failed over without its tail', 0, { tamper: emptyDevices });
  expect(report.faults).toEqual([expect.stringContaining('it lost a message that it had promised to send')]);
});

/** They forget all logs, and what waits, as no device of ours does. */
async function emptyDevices(house: House): Promise<void> {
  await house.stopTalking();
  for (const device of house.devices) {
    await device.close();
    await device.store.transact(async (transaction) => {
      for (const space of ['rows', 'tails', 'entries', 'outbox'] as const)
        for (const [key] of await transaction.scan(space)) transaction.delete(space, key);
    });
    await device.start();
  }
}

test.skipIf(noDisk !== null)(
  'the disk of PostgreSQL is full: messages are refused for now, and once there is room again nothing acknowledged is lost, and all show the same',
  async () => {
    const report = await endure('PostgreSQL disk full', 4_000);
    expect(report).toMatchObject({ faults: [], lostCount: 0, acknowledgedCount: report.sentCount });
    expect(report.refusedCount).toBeGreaterThan(0);
  },
);
