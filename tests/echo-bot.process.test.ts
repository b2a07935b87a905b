import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused } from '@parlour/sdk/refusal';
import { expect, test } from 'vitest';
import { startEchoBot } from '../packages/sdk/examples/echo-bot.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const sdk = join(import.meta.dirname, '../packages/sdk');
const password = 'twelve purple kettles';

test('the bot of the README answers what somebody writes to it', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  const account = { email: 'echo@example.org', handle: 'echo', password, client: 'program' };
  const made = await fetch(`${server.url}/v1/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  expect(made.status).toBe(201);
  const bot = await startEchoBot(server.url, 'echo', password);
  const ada = await createNodeClient({ url: server.url, label: 'test' });
  try {
    const me = await ada.register({ email: 'ada@example.org', handle: 'ada', displayName: 'Ada', password });
    if (isRefused(me)) throw new Error(me.sentence);
    await ada.whenSynced();
    const answered = Promise.withResolvers<string>();
    ada.onEntries(({ items }) => {
      for (const item of items) if (item.kind === 'message' && !item.own) answered.resolve(item.text);
    });
    const found = await ada.findPeople({ handle: 'echo' });
    const [echo] = isRefused(found) ? [] : found;
    if (!echo) throw new Error('nobody is called echo');
    const conversation = await ada.openDirect(echo.id);
    if (isRefused(conversation)) throw new Error(conversation.sentence);
    await ada.conversation(conversation).send('hello');
    expect(await answered.promise).toBe('You said: hello');
  } finally {
    await ada.close();
    await bot.close();
  }
});

test('the README shows the bot as it is, in twenty lines', () => {
  const example = readFileSync(join(sdk, 'examples/echo-bot.ts'), 'utf8');
  const shown = /```ts\n(?<code>[\s\S]*?)```/.exec(readFileSync(join(sdk, 'README.md'), 'utf8'))?.groups?.code ?? '';
  expect(shown).toContain('createNodeClient');
  expect(example.startsWith(shown)).toBe(true);
  expect(shown.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20);
});
