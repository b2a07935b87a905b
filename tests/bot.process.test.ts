import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversationView, ParlourClient, TimelineItem } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, test } from 'vitest';
import { granted } from '../testkit/sdk-answers.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const sdk = join(import.meta.dirname, '../packages/sdk');
const example = join(sdk, 'examples/echo-bot.ts');
const botPassword = 'quiet ferry lemon 42 echo';

async function register(url: string, handle: string, password: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  granted(await client.register({ email: `${handle}@example.org`, handle, displayName: handle, password }));
  return client;
}

/** The example as the page says to run it. */
function runBot(url: string): ChildProcess & AsyncDisposable {
  const child = spawn(process.execPath, [example, url, 'echo', botPassword], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  const dispose = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return Object.assign(child, { [Symbol.asyncDispose]: dispose });
}

/** Resolves with the first message of the view that fits. */
function whenShown(view: ConversationView, fits: (item: TimelineItem) => boolean): Promise<TimelineItem> {
  return new Promise((resolve) => {
    const look = () => {
      const found = view.timeline.get().items.find(fits);
      if (found) resolve(found);
    };
    view.timeline.subscribe(look);
    look();
  });
}

test('the bot of the README answers a person of a real server, each message once', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  const echo = await register(server.url, 'echo', botPassword);
  await echo.close();
  const mara = await register(server.url, 'mara', 'quiet ferry lemon 42 mara');
  await mara.whenSynced();
  const [found] = granted(await mara.findPeople({ handle: 'echo' }));
  if (!found) throw new Error('the bot is not found');
  const view = mara.conversation(granted(await mara.openDirect(found.id)));

  await using _bot = runBot(server.url);
  // What was written before it is up it does not answer; that it has this one shows that it is up.
  granted(await view.send('are you there?'));
  await whenShown(view, (item) => item.kind === 'message' && item.text === 'are you there?' && item.tick !== 'sent');
  for (const text of ['hello', 'مساء الخير', '<b>bold</b>']) {
    granted(await view.send(text));
    await whenShown(view, (item) => item.kind === 'message' && item.text === `You said: ${text}` && !item.own);
  }
  const { items } = view.timeline.get();
  const answers = items.filter((item) => item.kind === 'message' && !item.own && !item.text.endsWith('are you there?'));
  expect(answers.map((item) => item.kind === 'message' && item.text)).toEqual([
    'You said: hello',
    'You said: مساء الخير',
    'You said: <b>bold</b>',
  ]);
  await mara.close();
});

test('the bot in the README is the one of the examples, word for word, and short', async () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(await readFile(join(sdk, 'README.md'), 'utf8'))?.[1];
  const [kept] = (await readFile(example, 'utf8')).split('\nif (import.meta.main)');
  expect(shown).toBe(kept);
  expect(kept?.trimEnd().split('\n').length).toBeLessThanOrEqual(22);
});
