import { expect, inject, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { expectAgreement } from '../testkit/agreement.ts';
import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { TestDevice } from '../testkit/device.ts';
import { freePort } from '../testkit/free-port.ts';
import { House } from '../testkit/house.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { LoadBalancer } from '../testkit/load-balancer.ts';
import { recountPostgres } from '../testkit/recount.ts';
import { seedPeople } from '../testkit/seeded-people.ts';
import { VersionBefore } from '../testkit/version-before.ts';
import { type ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const before = await VersionBefore.unpack();
if (before === null)
  console.log('left out: the upgrade of a cluster, because this copy of the project has no history with the version before');

const serverCount = 3;

test.skipIf(before === null)(
  'a cluster of the version before is upgraded in a roll, and taken back, while clients of both versions talk: nothing is lost, doubled or out of order',
  async () => {
    if (before === null) throw new Error('it is left out');
    await using _version = before;
    await using folder = await TemporaryFolder.make();
    await using made = await TestDatabase.make();
    await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
    const ports: number[] = [];
    for (let index = 0; index < serverCount; index++) ports.push(await freePort());
    const start = (port: number, main?: string) => nodes.start({ PARLOUR_NODE_URL: `http://127.0.0.1:${port}` }, port, main);
    const servers = new Map<number, ParlourProcess>();
    // The schema is the older one's.
    for (const port of ports) servers.set(port, await start(port, before.main));
    const logins = await seedPeople(folder.path, { devices: { ana: 2, mara: 2, tom: 2 }, groupTitle: 'The square', postgresUrl: made.url });
    await using balancer = await LoadBalancer.before(ports);
    await using house = new House(1);
    const createOlder = await before.client();
    const isOlder = (index: number): boolean => index % 2 === 1;
    await house.open(
      balancer.url,
      logins.filter((_, index) => !isOlder(index)),
      (index) => index === 0,
    );
    for (const [index, login] of logins.entries())
      if (isOlder(index))
        house.devices.push(
          await TestDevice.open({ url: balancer.url, name: `${login.me.handle} ${index + 1}, older`, login, open: createOlder }),
        );
    await house.online();
    house.talk();

    // Both versions stand side by side from the first to the last of each round.
    for (const main of [undefined, before.main]) {
      for (const port of ports) {
        for (const device of house.devices) await house.nextOf('onAcknowledged', device);
        expect(await servers.get(port)?.stop()).toBe(0);
        servers.set(port, await start(port, main));
      }
    }
    for (const device of house.devices) await house.nextOf('onAcknowledged', device);

    await house.stopTalking();
    await house.online();
    await house.idle();
    expect(house.faults).toEqual([]);
    const counted = await expectAgreement(() => recountPostgres(made.url), house.devices);
    expect(findLedgerFaults(counted, house.devices)).toEqual([]);
    expect(house.acknowledgedCount).toBe(house.sentCount);
    expect(house.sentCount).toBeGreaterThan(100);
  },
);
