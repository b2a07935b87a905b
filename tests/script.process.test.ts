import { nodeEnvironment } from '@parlour/sdk/node-environment';
import { expect, test } from 'vitest';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly type: string | null; readonly cookies: readonly string[]; readonly body: Json };

/** What `curl` would do. */
async function call(server: ParlourProcess, request: string, { token, body }: { token?: string; body?: object } = {}): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  const response = await fetch(`${server.url}/v1${path}`, {
    method,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, type: headers.get('content-type'), cookies: headers.getSetCookie(), body: text === '' ? {} : JSON.parse(text) };
}

async function register(
  server: ParlourProcess,
  handle: string,
): Promise<{ person: string; token: string; refreshToken: string; login: string }> {
  const account = { email: `${handle}@example.org`, handle, password: 'twelve purple kettles', client: 'program' };
  const { status, body, cookies } = await call(server, 'POST /accounts', { body: account });
  expect(status).toBe(201);
  expect(cookies).toEqual([]);
  const { accessToken, refreshToken, login, person } = body as { accessToken: string; refreshToken: string; login: string; person: Json };
  return { person: String(person.id), token: accessToken, refreshToken, login };
}

const seqs = ({ body }: Answer) => (body.entries as { seq: number }[]).map(({ seq }) => seq);

test('a script needs no WebSocket: it registers, finds somebody, sends, reads from either end and around, and marks what it read', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  const [ada, ben] = [await register(server, 'ada'), await register(server, 'ben')];
  const { token } = ada;
  const found = await call(server, 'GET /people?handle=ben', { token });
  expect(found.body.people).toMatchObject([{ id: ben.person, handle: 'ben' }]);
  const opened = await call(server, 'POST /conversations', { token, body: { person: ben.person } });
  const entries = `/conversations/${opened.body.conversation}/entries`;
  const device = nodeEnvironment.id();
  const send = (n: number, text = `line ${n}`) => call(server, `POST ${entries}`, { token, body: { device, n, text } });

  for (let n = 1; n <= 9; n++) expect((await send(n)).body).toEqual({ seq: n + 1 });
  expect((await send(9)).body).toEqual({ seq: 10 });
  expect(await send(9, 'something else')).toMatchObject({
    status: 409,
    type: expect.stringContaining('application/problem+json'),
    body: { code: 'id_reuse', status: 409, retryable: false, title: expect.stringMatching(/^cannot append the operation: /) },
  });

  const read = (range: string) => call(server, `GET ${entries}?${range}`, { token: ben.token });
  expect(seqs(await read('limit=3'))).toEqual([8, 9, 10]);
  expect(seqs(await read('end=first&limit=3'))).toEqual([1, 2, 3]);
  expect(seqs(await read('fromSeq=4&untilSeq=7'))).toEqual([4, 5, 6]);
  expect(seqs(await read('untilSeq=7&limit=2'))).toEqual([5, 6]);
  expect(seqs(await read('fromSeq=7&limit=2&end=first'))).toEqual([7, 8]);

  const list = () => call(server, 'GET /conversations', { token: ben.token });
  expect((await list()).body.rows).toMatchObject([{ peer: { handle: 'ada' }, unread: 9, last: { text: 'line 9' } }]);
  const marker = { token: ben.token, body: { readSeq: 6, receivedSeq: 10 } };
  expect((await call(server, `PUT /conversations/${opened.body.conversation}/marker`, marker)).body).toEqual(marker.body);
  expect((await list()).body.rows).toMatchObject([{ unread: 4 }]);
  const markers = await call(server, `GET /conversations/${opened.body.conversation}/markers`, { token });
  expect(markers.body.markers).toContainEqual(
    expect.objectContaining({ person: ben.person, readSeq: 6, receivedSeq: 10, steps: [{ readSeq: 6, at: expect.any(Number) }] }),
  );
});

test('a program renews with the token in the body, and after logging out everywhere nothing of it is taken', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  const { login, refreshToken } = await register(server, 'ada');
  const renewed = await call(server, 'POST /tokens', { body: { login, refreshToken } });
  expect(renewed).toMatchObject({ status: 200, cookies: [], body: { refreshToken: expect.any(String) } });
  const token = String(renewed.body.accessToken);
  expect((await call(server, 'GET /me', { token })).status).toBe(200);
  expect((await call(server, 'DELETE /logins', { token })).status).toBe(204);
  expect((await call(server, 'GET /me', { token })).status).toBe(401);
  expect((await call(server, 'POST /tokens', { body: { login, refreshToken: renewed.body.refreshToken } })).status).toBe(401);
});
