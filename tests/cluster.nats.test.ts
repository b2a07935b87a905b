import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { waitUntil } from '../testkit/condition.ts';
import { LoadBalancer } from '../testkit/load-balancer.ts';
import { BrowserPerson, launchBrowser, phone } from './browser-person.ts';
import { chromiumPath } from './chromium.ts';

const startMs = 180_000;
/** More than a blink, and less than anybody would reload a page for. */
const backMs = 20_000;

// Where everything is meant to run, a missing browser must not look like a passing test.
const isLeftOut = chromiumPath() === undefined && process.env.CI !== 'true';

const connectionsOf = async (url: string): Promise<number> =>
  Number(/^parlour_connections (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? Number.NaN);

test.skipIf(isLeftOut)('two browsers on two servers behind a balancer talk, and go on when the server of one is killed', async () => {
  await using made = await TestDatabase.make();
  await using nodes = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') });
  const servers = await nodes.startMany(2);
  await using balancer = await LoadBalancer.before(servers.map(({ port }) => port));
  const browser = await launchBrowser();
  try {
    // Ana is where the balancer happened to send her socket, Mara at the other server.
    await using ana = await BrowserPerson.open(browser, balancer.url);
    await ana.register({ name: 'Ana Field', handle: 'ana.field' });
    const home = await homeOf(servers.map(({ url }) => url));
    const other = servers.find(({ url }) => url !== home);
    if (!other) throw new Error('there are two servers');
    await using mara = await BrowserPerson.open(browser, other.url, phone);
    await mara.register({ name: 'Mara Lindqvist', handle: 'mara.l' });
    await waitUntil(async () => ((await connectionsOf(other.url)) === 1 ? null : 'mara is not there'), startMs);
    await ana.find('@mara.l', 'mara.l');
    await ana.send('Which server are you on?');
    await mara.openFromList('Ana Field');
    await ana.waitForTick('Which server are you on?', 'read');
    await mara.send('Not on yours.');
    await ana.message('Not on yours.').waitFor();
    await servers.find(({ url }) => url === home)?.kill();
    await ana.send('Mine is gone.');
    await mara.message('Mine is gone.').waitFor({ timeout: backMs });
    await mara.send('I did not notice.');
    await ana.message('I did not notice.').waitFor();
    expect(await ana.texts()).toEqual(await mara.texts());
    expect([...ana.complaints, ...mara.complaints]).toEqual([]);
  } finally {
    await browser.close();
  }
});

async function homeOf(urls: readonly string[]): Promise<string> {
  let home: string | undefined;
  await waitUntil(async () => {
    const counts = await Promise.all(urls.map(connectionsOf));
    home = urls[counts.indexOf(1)];
    return home === undefined ? `${counts} sockets` : null;
  }, startMs);
  return home ?? '';
}

test('npm run cluster starts everything, says where it is, and leaves nothing when it is ended', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../tools/cluster.ts'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const said = await firstWords(child);
    const balancer = /Parlour is at (http:\S+):/.exec(said)?.[1];
    const pids = [...said.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(3);
    await waitUntil(async () => {
      const { nodes } = (await (await fetch(`${balancer}/v1/nodes`)).json()) as { nodes: { state: string }[] };
      return nodes.filter(({ state }) => state === 'joined').length === 3 ? null : JSON.stringify(nodes);
    }, startMs);
    expect((await fetch(`${balancer}/v1/server`)).status).toBe(200);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const isThere = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(pids.filter(isThere)).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});

async function firstWords(child: ChildProcess): Promise<string> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await waitUntil(() => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return said.includes('Ctrl-C ends all') ? null : `it has said: ${said}`;
  }, startMs);
  return said;
}
