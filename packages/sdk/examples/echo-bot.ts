import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused } from '@parlour/sdk/refusal';

/** Answers every message with its own words. */
export async function startEchoBot(url: string, name: string, password: string) {
  const client = await createNodeClient({ url, label: 'echo bot' });
  client.onEntries(({ conversation, items }) => {
    for (const item of items) {
      if (item.kind !== 'message' || item.own) continue;
      const view = client.conversation(conversation);
      view.markRead(item.seq);
      void view.send(`You said: ${item.text}`).finally(() => view.close());
    }
  });
  const me = await client.logIn({ name, password });
  if (isRefused(me)) throw new Error(me.sentence);
  await client.whenSynced();
  return client;
}

if (import.meta.main) {
  const [url = '', name = '', password = ''] = process.argv.slice(2);
  await startEchoBot(url, name, password);
}
