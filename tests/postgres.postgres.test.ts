import type { ConversationView, ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused, type OrRefusal } from '@parlour/sdk/refusal';
import { expect, test } from 'vitest';
import { waitUntil } from '../testkit/condition.ts';
import { PostgresServer } from '../testkit/postgres-server.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const patienceMs = 180_000;

function granted<T>(answer: OrRefusal<T>): T {
  if (isRefused(answer)) throw new Error(answer.sentence);
  return answer;
}

async function register(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  const password = `quiet ferry lemon 42 ${handle}`;
  granted(await client.register({ email: `${handle}@example.org`, handle, displayName: handle, password }));
  await client.whenSynced();
  return client;
}

const textsOf = (view: ConversationView): string[] =>
  view.timeline.get().items.flatMap((item) => (item.kind === 'message' ? [item.text] : []));

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
    for (let round = 1; round <= 3; round++) {
      await say(anas, `ana, as the database dies for the ${round}. time`);
      await postgres.kill();
      await say(anas, `ana, while there is no database, ${round}`);
      await postgres.start();
      await seen();
      await say(maras, `mara, as the server dies for the ${round}. time`);
      await server.kill();
      await say(maras, `mara, while there is no server, ${round}`);
      server = await ParlourProcess.start({ dataFolder: folder.path, port, env });
      await seen();
    }
    await Promise.all([ana.whenIdle(), mara.whenIdle()]);
    expect(textsOf(anas)).toEqual(said);
    expect(textsOf(maras)).toEqual(said);
    await ana.close();
    await mara.close();
  } finally {
    await server.stop();
  }
});
