import type { ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, test } from 'vitest';
import { waitUntil } from '../testkit/condition.ts';
import { freePort } from '../testkit/free-port.ts';
import { granted, textsOf } from '../testkit/sdk-answers.ts';
import { balancerPath, balancers, LoadBalancerProgram } from './load-balancer-program.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { trustCertificate } from './trusted-certificate.ts';

const patienceMs = 30_000;
const requests = 12;

const formOf = (handle: string) => ({ email: `${handle}@example.org`, handle, displayName: handle, password: 'copper lantern 77 willow' });

async function register(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  granted(await client.register(formOf(handle)));
  await client.whenSynced();
  return client;
}

async function expectTalk(url: string): Promise<void> {
  const ada = await register(url, 'ada');
  const ben = await register(url, 'ben');
  const [peer] = granted(await ada.findPeople({ handle: 'ben' }));
  if (!peer) throw new Error('Ben is not found');
  const conversation = granted(await ada.openDirect(peer.id));
  const [adas, bens] = [ada.conversation(conversation), ben.conversation(conversation)];
  granted(await adas.send('through the middle'));
  await waitUntil(() => (textsOf(bens).length === 1 ? null : 'ben sees nothing'), patienceMs);
  granted(await bens.send('and back'));
  await waitUntil(() => (textsOf(adas).length === 2 ? null : 'ada sees nothing'), patienceMs);
  await ada.close();
  await ben.close();
}

test.for(balancers)(
  'behind %s, with the configuration that we ship, people talk over HTTPS, though two of three servers are gone',
  async (name, { skip }) => {
    const program = balancerPath(name);
    if (program === undefined) {
      console.log(`left out: what stands behind ${name}, because there is no program of it here`);
      return skip();
    }
    await using folder = await TemporaryFolder.make();
    await using files = await TemporaryFolder.make();
    const port = await freePort();
    const env = { PARLOUR_PUBLIC_URL: `https://127.0.0.1:${port}`, PARLOUR_TRUST_PROXY: 'true' };
    await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
    const servers = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${server.port}`, `127.0.0.1:${await freePort()}`];
    using _trust = trustCertificate();
    await using balancer = await LoadBalancerProgram.start({ name, program, folder: files.path, port, servers });

    const pages = [];
    for (let sent = 0; sent < requests; sent++) pages.push((await fetch(`${balancer.url}/v1/server`)).status);
    expect(pages, 'each is taken to the server that is there').toEqual(Array.from({ length: requests }, () => 200));
    const plain = await fetch(`${balancer.plainUrl}/v1/server`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, expect.stringMatching(/^https:\/\/127\.0\.0\.1/)]);

    const headers = {
      'content-type': 'application/json',
      origin: balancer.url,
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'http',
    };
    const body = JSON.stringify({ ...formOf('cleo'), client: 'browser' });
    const registered = await fetch(`${balancer.url}/v1/accounts`, { method: 'POST', headers, body });
    expect([registered.status, registered.headers.get('strict-transport-security')]).toEqual([201, expect.stringContaining('max-age=')]);
    const { accessToken } = (await registered.json()) as { readonly accessToken: string };
    const logins = await fetch(`${balancer.url}/v1/logins`, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(await logins.json(), 'the address is who came, not who they say they are').toMatchObject({ logins: [{ address: '127.0.0.1' }] });

    await expectTalk(balancer.url);
  },
);
