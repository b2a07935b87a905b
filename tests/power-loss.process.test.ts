import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { recordWrites, replayPowerLoss } from '../testkit/power-loss-run.ts';
import { whyNoSyscalls } from './syscalls.ts';

const obstacle = whyNoSyscalls();
if (obstacle !== null) console.log(`left out: loss of what was not synced, because ${obstacle}`);

test.skipIf(obstacle !== null)(
  'whenever the power goes, all that was told by then is there, and a server starts; a disk that lies is found out',
  async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const recording = await recordWrites(seed, 60);
    const report = await replayPowerLoss(recording, { seed, momentsMax: 60, startsMax: 3 });
    expect(report.faults).toEqual([]);
    // Each message was acknowledged, and told to its sender's other devices and to others.
    expect(report.toldCount).toBeGreaterThan(2 * recording.sentCount);
    expect(Math.min(...Object.values(report.states))).toBeGreaterThan(30);
    expect(report.startedCount).toBe(3);
    // The end in order is in the record too: the log was copied into the database, and removed.
    const kinds = new Set(recording.record.changes.map(({ file, what }) => `${what.kind} ${basename(file)}`));
    expect([...kinds]).toEqual(expect.arrayContaining(['write parlour.db-wal', 'write parlour.db', 'remove parlour.db-wal']));

    const lying = await replayPowerLoss(recording, { seed, momentsMax: 60, startsMax: 0, isDiskLying: true });
    expect(lying.faults).toContainEqual(expect.stringMatching(/was told, and is lost$/));
  },
);
