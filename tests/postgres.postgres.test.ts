import type { ConversationView, ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, test } from 'vitest';
import { expectAgreement } from '../testkit/agreement.ts';
import { waitUntil } from '../testkit/condition.ts';
import { House } from '../testkit/house.ts';
import { findLedgerFaults } from '../testkit/ledger.ts';
import { PostgresServer } from '../testkit/postgres-server.ts';
import { recountPostgres } from '../testkit/recount.ts';
import { granted, textsOf } from '../testkit/sdk-answers.ts';
import { seedPeople } from '../testkit/seeded-people.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const patienceMs = 180_000;

async function register(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  const password = `quiet ferry lemon 42 ${handle}`;
  granted(await client.register({ email: `${handle}@example.org`, handle, displayName: handle, password }));
  await client.whenSynced();
  return client;
}

test('two people talk on PostgreSQL while server and database are killed in between: each message stands once, in order', async () => {
  await using folder = await TemporaryFolder.make();
  await using postgres = await PostgresServer.start({ durable: true });
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: postgres.url(), PARLOUR_LOG_LEVEL: 'fatal' };
  let server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const { url, port } = server;
  try {
    const ana = await register(url, 'ana');
    const mara = await register(url, 'mara');
    const [found] = granted(await ana.findPeople({ handle: 'mara' }));
    if (!found) throw new Error('mara is not found');
    const conversation = granted(await ana.openDirect(found.id));
    const anas = ana.conversation(conversation);
    const maras = mara.conversation(conversation);
    const said: string[] = [];
    const say = async (view: ConversationView, text: string) => {
      granted(await view.send(text));
      said.push(text);
    };
    const seen = () =>
      waitUntil(() => {
        const late = [anas, maras].find((view) => textsOf(view).length < said.length);
        return late ? `of ${said.length} messages somebody sees ${textsOf(late).length}` : null;
      }, patienceMs);

    await say(anas, 'before anything breaks');
    await seen();
    await say(anas, 'ana, as the database dies');
    await postgres.kill();
    await say(anas, 'ana, while there is no database');
    await postgres.start();
    await seen();
    await say(maras, 'mara, as the server dies');
    await server.kill();
    await say(maras, 'mara, while there is no server');
    server = await ParlourProcess.start({ dataFolder: folder.path, port, env });
    await seen();
    await Promise.all([ana.whenIdle(), mara.whenIdle()]);
    expect(textsOf(anas)).toEqual(said);
    expect(textsOf(maras)).toEqual(said);
    // What is made of the log elsewhere is made of this one: evidence for its members, counts for those who watch the server.
    expect(granted(await anas.exportEvidence()).entryCount).toBe(said.length + 1);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^parlour_commits_total [1-9]/m);
    await ana.close();
    await mara.close();
  } finally {
    await server.stop();
  }
});

test('everything goes on while PostgreSQL and the server die under talk: the devices agree with a recount, and verify has nothing to say', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  await using folder = await TemporaryFolder.make();
  await using postgres = await PostgresServer.start({ durable: true });
  const postgresUrl = postgres.url();
  const logins = await seedPeople(folder.path, { devices: { ana: 2, mara: 1, tom: 1 }, groupTitle: 'Ferry', postgresUrl });
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: postgresUrl, PARLOUR_LOG_LEVEL: 'fatal' };
  let server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const { url, port } = server;
  const house = new House(seed);
  try {
    await house.open(url, logins);
    await house.online();
    house.talk();
    for (const victim of ['database', 'both'] as const) {
      const [device] = house.devices;
      if (!device) throw new Error('devices were opened');
      await house.nextOf('onAcknowledged', device);
      await house.nextOf('onSent', device);
      await postgres.kill();
      if (victim === 'both') await server.kill();
      await postgres.start();
      if (victim === 'both') server = await ParlourProcess.start({ dataFolder: folder.path, port, env });
      await house.online();
    }
    await house.stopTalking();
    await house.idle();
    const counted = await expectAgreement(() => recountPostgres(postgresUrl), house.devices);
    expect([...house.faults, ...findLedgerFaults(counted, house.devices)]).toEqual([]);
    expect(house.acknowledgedCount).toBe(house.sentCount);
    const verified = await runParlour(['verify', '--json'], { dataFolder: folder.path, env });
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, faultCount: 0, people: 3 });
  } finally {
    await house.close();
    await server.stop();
  }
});
