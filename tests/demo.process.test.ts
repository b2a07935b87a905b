import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused } from '@parlour/sdk/refusal';
import { expect, onTestFinished, test } from 'vitest';
import { runParlour } from './parlour-command.ts';
import { TemporaryFolder } from './parlour-process.ts';

test('parlour demo is full of people and what they have said, they talk and answer by themselves, and nothing of it is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-demo-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const told = Promise.withResolvers<{ url: string; name: string; password: string; end: () => void }>();
  const ended = runParlour(['demo'], {
    dataFolder: join(folder, 'nobody’s'),
    env: { TMPDIR: folder },
    onStdout: (said, child) => {
      const [, url, name, password] = /listening on (\S+)\nLog in as (\S+), with the password: (.+)\n/.exec(said) ?? [];
      if (url && name && password) told.resolve({ url, name, password, end: () => void child.kill('SIGTERM') });
    },
  });
  void ended.then(({ stderr }) => told.reject(new Error(stderr)));
  const demo = await told.promise;
  onTestFinished(demo.end);
  const client = await createNodeClient({ url: demo.url });
  onTestFinished(() => client.close());
  const me = await client.logIn({ name: demo.name, password: demo.password });
  if (isRefused(me)) throw new Error(me.sentence);
  await client.whenSynced();
  const conversations = client.conversations.get();
  expect(conversations.length).toBeGreaterThan(3);
  expect(conversations.some(({ unread }) => unread > 0)).toBe(true);
  expect(conversations.some(({ peer }) => peer?.id === me.id)).toBe(true);

  const mara = conversations.find(({ title }) => title === 'Mara Lindqvist');
  if (mara === undefined) throw new Error('Mara is not among those who talk');
  const view = client.conversation(mara.id);
  const theirs = () => view.timeline.get().items.filter(({ kind, own }) => kind === 'message' && !own).length;
  await expect.poll(theirs).toBeGreaterThan(0);
  const before = theirs();
  const sent = await view.send('Are you there?');
  expect(isRefused(sent)).toBe(false);
  await expect.poll(theirs).toBeGreaterThan(before);
  await expect
    .poll(() => view.timeline.get().items.some((item) => item.kind === 'message' && item.text === 'Are you there?' && item.tick === 'read'))
    .toBe(true);

  expect(readdirSync(folder).filter((name) => name.startsWith('parlour-demo-'))).toHaveLength(1);
  demo.end();
  expect(await ended).toMatchObject({ code: 0 });
  expect(readdirSync(folder).filter((name) => name.startsWith('parlour-demo-'))).toEqual([]);
});

test('parlour demo touches no data of anybody', async () => {
  await using folder = await TemporaryFolder.make();
  const { code } = await runParlour(['demo', '--port', 'none'], { dataFolder: folder.path });
  expect(code).toBe(2);
  expect(existsSync(join(folder.path, 'parlour.db'))).toBe(false);
});
