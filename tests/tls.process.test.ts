import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ConversationView, ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { expect, test } from 'vitest';
import { waitUntil } from '../testkit/condition.ts';
import { granted, textsOf } from '../testkit/sdk-answers.ts';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { certificatePath as certificate, certificateKeyPath as key, trustCertificate } from './trusted-certificate.ts';

const env = { PARLOUR_TLS_CERT: certificate, PARLOUR_TLS_KEY: key };
const patienceMs = 30_000;

const formOf = (handle: string) => ({ email: `${handle}@example.org`, handle, displayName: handle, password: 'copper lantern 77 willow' });

async function register(url: string, handle: string): Promise<ParlourClient> {
  const client = await createNodeClient({ url });
  granted(await client.register(formOf(handle)));
  await client.whenSynced();
  return client;
}

async function untilShown(view: ConversationView, texts: readonly string[]): Promise<void> {
  await waitUntil(() => (textsOf(view).join() === texts.join() ? null : `${textsOf(view)} is shown`), patienceMs);
}

test('a server with a certificate speaks HTTPS, its cookies are for HTTPS only, and the SDK talks over its socket', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
  expect(server.url).toMatch(/^https:/);
  await expect(fetch(`${server.url}/v1/server`), 'whoever does not trust the certificate').rejects.toThrow();
  using _trust = trustCertificate();
  const page = await fetch(server.url);
  expect([page.status, page.headers.get('strict-transport-security')]).toEqual([200, expect.stringContaining('max-age=')]);

  const body = JSON.stringify({ ...formOf('cleo'), client: 'browser' });
  const headers = { 'content-type': 'application/json', origin: server.url };
  const registered = await fetch(`${server.url}/v1/accounts`, { method: 'POST', headers, body });
  expect(registered.status).toBe(201);
  expect(registered.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^parlour_r_.*; HttpOnly; Secure; SameSite=Strict$/),
    expect.stringMatching(/^parlour_login=.*; Secure; SameSite=Strict$/),
  ]);

  const ada = await register(server.url, 'ada');
  const ben = await register(server.url, 'ben');
  const [peer] = granted(await ada.findPeople({ handle: 'ben' }));
  if (!peer) throw new Error('Ben is not found');
  const conversation = granted(await ada.openDirect(peer.id));
  const views = [ada, ben].map((client) => client.conversation(conversation)) as [ConversationView, ConversationView];
  granted(await views[0].send('over TLS'));
  await untilShown(views[1], ['over TLS']);
  granted(await views[1].send('and back'));
  for (const view of views) await untilShown(view, ['over TLS', 'and back']);
  await ada.close();
  await ben.close();
});

test('plain HTTP on the port of HTTPS gets no answer, and harms nobody', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const socket = connect(server.port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1'))).on('error', () => {});
  socket.write(`POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 2\r\n\r\n{}`);
  await once(socket, 'close');
  expect(said).not.toContain('HTTP/');
  using _trust = trustCertificate();
  expect((await fetch(`${server.url}/v1/server`)).status).toBe(200);
});

const otherKey = (): string => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const lockedKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
const halfChain = (): string => `${readFileSync(certificate, 'utf8')}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`;

test.each([
  ['a key of another certificate', 'KEY', otherKey, 'the private key of the certificate in PARLOUR_TLS_CERT'],
  ['a key under a passphrase', 'KEY', lockedKey, 'the path of a file with a private key (PEM) without a passphrase'],
  ['a key that is none', 'KEY', () => 'no key', 'the path of a file with a private key (PEM) without a passphrase'],
  ['a key that is not there', 'KEY', null, 'the path of a file that can be read'],
  ['a certificate that is none', 'CERT', () => 'no certificate', 'the path of a file with a certificate chain (PEM)'],
  ['a chain that breaks off', 'CERT', halfChain, 'a certificate chain (PEM) that TLS can serve with ('],
  ['a certificate that is not there', 'CERT', null, 'the path of a file that can be read'],
])('%s ends the start with key, value, what is allowed, and exit code 2; doctor says the same', async (_what, which, make, allowed) => {
  await using folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  const file = join(folder.path, 'given.pem');
  if (make) writeFileSync(file, make());
  const wrong = { ...env, [`PARLOUR_TLS_${which}`]: file };
  const { code, stdout, stderr } = await runParlour(['start'], { dataFolder, env: wrong });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`cannot start: PARLOUR_TLS_${which} is ${JSON.stringify(file)}; allowed is ${allowed}`);
  expect(existsSync(dataFolder)).toBe(false);
  const doctor = await runParlour(['doctor'], { dataFolder, env: { ...wrong, PARLOUR_PORT: '0' } });
  expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining(`name ${allowed}`)]);
});
