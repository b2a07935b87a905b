import { expect, test } from 'vitest';
import { freePort } from '../testkit/free-port.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { certificateKeyPath, certificatePath } from './trusted-certificate.ts';

test.each([
  ['plainly', {}],
  ['by HTTPS', { PARLOUR_TLS_CERT: certificatePath, PARLOUR_TLS_KEY: certificateKeyPath }],
  ['for everyone', { PARLOUR_HOST: '0.0.0.0', PARLOUR_LOG_LEVEL: 'fatal' }],
] as const)('parlour health says how a server that serves %s is, and that it is gone', async (_how, settings) => {
  await using folder = await TemporaryFolder.make();
  const port = await freePort();
  const env = { ...settings, PARLOUR_PORT: String(port) };
  const ask = (...more: string[]) => runParlour(['health', ...more], { dataFolder: folder.path, env });
  {
    await using _server = await ParlourProcess.start({ dataFolder: folder.path, port, env });
    expect(await ask()).toMatchObject({ code: 0, stdout: 'well\n', stderr: '' });
    expect(await ask('--ready')).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
  }
  expect(await ask()).toMatchObject({ code: 1, stderr: expect.stringContaining('is the server started, with the same settings?') });
});

test('the metrics of a server that was given a token are read with it only', async () => {
  await using folder = await TemporaryFolder.make();
  const token = 'a-token-for-metrics';
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env: { PARLOUR_METRICS_TOKEN: token } });
  const ask = (headers: Record<string, string>) => fetch(`${server.url}/metrics`, { headers });
  const refused = await ask({});
  expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ code: 'unauthenticated' })]);
  const answered = await ask({ authorization: `Bearer ${token}` });
  expect([answered.status, await answered.text()]).toEqual([200, expect.stringMatching(/^parlour_connections 0$/m)]);
});
