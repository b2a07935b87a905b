import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SeededRandom } from '../simulation/seeded-random.ts';
import { expectAgreement } from '../testkit/agreement.ts';
import { CutLine } from '../testkit/cut-line.ts';
import { TestDevice } from '../testkit/device.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { MortalProgram } from '../testkit/mortal-program.ts';
import { type SeededLogin, seedPeople } from '../testkit/seeded-people.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const deaths = 25;

/** A device whose program can be killed, and started again on what the device holds. */
async function openMortal(line: CutLine, login: SeededLogin, name: string) {
  let program = new MortalProgram(line);
  const device = await TestDevice.open({ url: line.url, name, login, open: (parts) => program.open(parts) });
  const kill = () => {
    program.kill();
    device.forgetProgram();
    program = new MortalProgram(line);
  };
  return { device, kill };
}

test('a client killed in the middle of sending, again and again: what it had taken is there once, in order', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  await using folder = await TemporaryFolder.make();
  const [ofAna, ofTablet, ofMara] = await seedPeople(folder.path, { devices: { ana: 2, mara: 1 } });
  if (!ofAna || !ofTablet || !ofMara) throw new Error('three logins were seeded');
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env: { PARLOUR_LOG_LEVEL: 'warn' } });
  await using line = await CutLine.to(server.port);
  const { device: ana, kill } = await openMortal(line, ofAna, 'ana');
  const tablet = await TestDevice.open({ url: server.url, name: "ana's tablet", login: ofTablet });
  const mara = await TestDevice.open({ url: server.url, name: 'mara', login: ofMara });
  const conversation = await ana.openDirect(mara.person);

  let unansweredCount = 0;
  for (let death = 1; death <= deaths; death++) {
    for (let count = random.between(1, 8); count > 0; count--) void ana.send(conversation, `ana ${ana.sent.size + 1}`);
    if (random.chance(0.5)) await tablet.send(conversation, `tablet ${tablet.sent.size + 1}`);
    // From before anything is stored to after everything is acknowledged.
    const afterMs = random.between(0, 30);
    if (afterMs > 0) await wait(afterMs);
    if (random.chance(0.3)) await ana.client.whenSynced();
    unansweredCount += ana.unacknowledgedCount > 0 ? 1 : 0;
    kill();
    await ana.start();
  }
  expect(unansweredCount).toBeGreaterThan(0);
  await ana.client.whenIdle();
  const counted = await expectAgreement(folder.path, [ana, tablet, mara]);
  expect(findLedgerFaults(counted, [ana, tablet, mara])).toEqual([]);
  const durable = [...ana.sent.values()].filter((message) => message.durable);
  expect(durable.length).toBeGreaterThan(deaths);
  for (const device of [ana, tablet, mara]) await device.close();
});
