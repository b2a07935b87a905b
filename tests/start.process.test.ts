import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { TemporaryFolder } from './parlour-process.ts';

test('npm start is parlour start: it says where it is, and serves the page and its reference', async () => {
  await using folder = await TemporaryFolder.make();
  // A group of its own: a terminal, too, tells all of it.
  const child = spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, PARLOUR_PORT: '0', PARLOUR_DATA: folder.path },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const closed = once(child, 'close');
  try {
    let url: string | undefined;
    for await (const line of createInterface(child.stdout)) {
      url = /^Parlour is listening on (http:\S+)$/.exec(line)?.[1];
      if (url) break;
    }
    expect(await (await fetch(`${url}/`)).text()).toContain('<div id="root">');
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    expect(await (await fetch(`${url}/v1/openapi.json`)).json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await closed;
  }
});
