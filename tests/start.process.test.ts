import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NpmStart } from './npm-start.ts';
import { TemporaryFolder } from './parlour-process.ts';

test('npm start is parlour start: it says where it is, and serves the page and its reference', async () => {
  await using folder = await TemporaryFolder.make();
  await using started = await NpmStart.run({ clone: join(import.meta.dirname, '..'), dataFolder: folder.path });
  const { url } = started;
  expect(await (await fetch(`${url}/`)).text()).toContain('<div id="root">');
  expect((await fetch(`${url}/docs`)).status).toBe(200);
  expect(await (await fetch(`${url}/v1/openapi.json`)).json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
});
