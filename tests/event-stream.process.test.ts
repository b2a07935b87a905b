import type { ConversationView, ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, test } from 'vitest';
import { waitUntil } from '../testkit/condition.ts';
import { PlainProxy } from '../testkit/plain-proxy.ts';
import { granted, textsOf } from '../testkit/sdk-answers.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const patienceMs = 60_000;
const until = (is: () => boolean, what: string): Promise<void> => waitUntil(() => (is() ? null : what), patienceMs);

async function register(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  granted(await client.register({ email: `${handle}@example.org`, handle, displayName: handle, password: 'copper lantern 77 willow' }));
  await client.whenSynced();
  return client;
}

/** Ada behind a proxy that lets no WebSocket through, Ben not, and what they see of their conversation. */
async function talk(proxyUrl: string, url: string) {
  const [ada, ben] = [await register(proxyUrl, 'ada'), await register(url, 'ben')];
  const [peer] = granted(await ada.findPeople({ handle: 'ben' }));
  if (!peer) throw new Error('Ben is not found');
  const conversation = granted(await ada.openDirect(peer.id));
  return { ada, ben, adas: ada.conversation(conversation), bens: ben.conversation(conversation) };
}

const lastTick = (view: ConversationView) => {
  const last = view.timeline.get().items.at(-1);
  return last?.kind === 'message' ? last.tick : null;
};

test('[SDK-35] behind a proxy that lets no WebSocket through people talk as ever, and a server that is killed loses and doubles nothing', async () => {
  await using folder = await TemporaryFolder.make();
  let server = await ParlourProcess.start({ dataFolder: folder.path });
  const { url, port } = server;
  await using proxy = await PlainProxy.start(url);
  const { ada, ben, adas, bens } = await talk(proxy.url, url);
  expect(proxy.refusedCount).toBeGreaterThan(0);
  granted(await adas.send('through the middle'));
  await until(() => textsOf(bens).length === 1, 'ben sees nothing');
  granted(await bens.send('and back'));
  await until(() => textsOf(adas).length === 2, 'ada sees nothing');
  granted(await adas.send('seen?'));
  await until(() => textsOf(bens).length === 3, 'ben does not see the third');
  bens.markRead(bens.timeline.get().headSeq);
  await until(() => lastTick(adas) === 'read', 'ada does not see that it was read');
  bens.typing();
  await until(() => adas.timeline.get().typing.length > 0, 'ada does not see that ben writes');

  await server.kill();
  const said = Array.from({ length: 20 }, (_, index) => `while it is gone ${index}`);
  for (const text of said) granted(await adas.send(text));
  server = await ParlourProcess.start({ dataFolder: folder.path, port });
  await ada.whenIdle();
  await until(() => textsOf(bens).length === 3 + said.length, 'ben does not see all of it');
  expect([textsOf(adas).slice(3), textsOf(bens).slice(3)]).toEqual([said, said]);
  expect(proxy.saidTo[0]).toBeGreaterThan(0);

  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('parlour_event_streams 1');
  await ada.close();
  await ben.close();
  await server.stop();
});
