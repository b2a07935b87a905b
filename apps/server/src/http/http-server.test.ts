import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errors, StorageFailure } from '@parlour/core/errors';
import { problem } from '@parlour/protocol/http/problem';
import { routes } from '@parlour/protocol/http/routes';
import { describe, expect, test } from 'vitest';
import { usualHttpTimeouts } from './http-server.ts';
import { goodPassword, openWorld, type World } from './people-world.contract.ts';

async function listen(world: World): Promise<number> {
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  const address = world.app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Sends bytes as they are. @returns all that came back until the server closed the connection */
function exchange(port: number, chunks: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    for (const chunk of chunks) socket.write(chunk);
  });
}

describe('bodies', () => {
  test('[A-21] what fits no schema is refused by name and place, and pollutes nothing', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const send = (text: string | Buffer, contentType = 'application/json') =>
      world.app.inject({
        method: 'PATCH',
        url: '/v1/me',
        headers: { authorization: `Bearer ${anna.accessToken}`, 'content-type': contentType },
        payload: text,
      });
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const hostile = [
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"about":{"$ne":""}}',
      '{"about":["x"]}',
      `{"about":${deep}}`,
      deep,
      `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`,
      '{"about":1e400}',
      '{"about":"x"',
      'null',
      '[]',
      '"x"',
      '',
      '\ufeff{"about":"x"}',
      Buffer.from([0x7b, 0x22, 0x61, 0xff, 0xfe, 0x22, 0x7d]),
      Buffer.from('{"about":"\xed\xa0\x80"}', 'latin1'),
    ];
    for (const text of hostile) {
      const response = await send(text);
      expect(response.statusCode).toBe(400);
      expect(problem.parse(response.json()).code).toBe('malformed');
    }
    expect((await send('about=x', 'application/x-www-form-urlencoded')).statusCode).toBe(400);
    expect((await send('{"about":"x"}', 'text/plain')).statusCode).toBe(400);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((await send('{"handle":"ann\\u0000a"}')).json()).toMatchObject({ details: { field: 'handle' } });
    expect((await send('{"about":"fine"}')).statusCode).toBe(200);
  });

  test('[A-21] numbers that no counter reaches are refused in bodies and queries', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const token = anna.accessToken;
    for (const ver of ['1e400', '9007199254740993', '-1', '1.5', '"1"', 'null', '1e21']) {
      const response = await world.app.inject({
        method: 'PUT',
        url: '/v1/registers/draft',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        payload: `{"ver":${ver},"value":"1"}`,
      });
      expect(response.json()).toMatchObject({ code: 'malformed', details: { in: 'body', field: 'ver' } });
    }
    for (const limit of ['0', '257', '-1', '1e2', '0x10', '', ' 5', '99999999999999999999', '5&limit=6']) {
      expect((await world.call('GET', `/v1/conversations?limit=${limit}`, { token })).json()).toMatchObject({ code: 'malformed' });
    }
    expect((await world.call('GET', '/v1/conversations?limit=256', { token })).json()).toEqual({ rows: [], more: false });
    expect((await world.call('GET', '/v1/conversations?other=1', { token })).statusCode).toBe(400);
    expect((await world.call('GET', '/v1/conversations/..%2f..%2fetc', { token })).statusCode).toBe(400);
  });

  test('a body over the limit is refused before it is read to its end', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const response = await world.call('PATCH', '/v1/me', { token: anna.accessToken, body: { about: 'x'.repeat(300_000) } });
    expect(response.statusCode).toBe(413);
    expect(response.json()).toMatchObject({ code: 'too_large' });
  });
});

describe('every route', () => {
  test('the table is served, each with its own access, and what is not in it is not there', async () => {
    await using world = await openWorld();
    for (const route of Object.values(routes)) {
      const url = route.path.replaceAll(/:\w+/g, '0'.repeat(26));
      const response = await world.call(route.method, url);
      if (route.access === 'token') expect(response.json()).toMatchObject({ code: 'unauthenticated', status: 401 });
      else expect(response.statusCode).not.toBe(401);
      expect(response.statusCode).not.toBe(404);
    }
    expect((await world.call('GET', '/v1/nothing')).json()).toMatchObject({ code: 'not_found' });
    expect((await world.call('DELETE', '/v1/accounts')).statusCode).toBe(404);
  });

  test.each([
    ['a path that is no UTF-8', '/v1/people/%ff'],
    ['a path with half a percent', '/v1/people/%zz'],
    ['a part of a path of 129 characters', `/v1/registers/${'x'.repeat(129)}`],
    ['a part of a path that is longer unpacked', `/v1/conversations/${'%F0%9F%98%80'.repeat(100)}/marker`],
  ])('[A-21] [A-30] %s is refused as every request is, in the words of the registry', async (_, url) => {
    await using world = await openWorld();
    const refused = await world.call('PUT', url, { body: {} });
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(problem.parse(refused.json())).toMatchObject({ code: 'malformed', retryable: false });
    expect(refused.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(refused.headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('[A-30] private answers and refusals are never stored by anybody', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    for (const url of [
      '/v1/me',
      '/v1/logins',
      '/v1/conversations',
      '/v1/registers',
      '/v1/people?handle=anna',
      '/v1/nothing',
      '/v1/server',
    ]) {
      for (const token of [anna.accessToken, 'x.y.z']) {
        const { headers } = await world.call('GET', url, { token });
        expect(headers['cache-control']).toBe('no-store');
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['content-security-policy']).toContain("default-src 'none'");
      }
    }
  });

  test('[A-1] pages of other origins get nothing; those on the list get what they ask for', async () => {
    await using world = await openWorld();
    const from = (origin: string, method: 'GET' | 'POST' = 'GET') => world.call(method, '/v1/server', { headers: { origin } });
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost:7420.evil.example',
      'https://localhost:7420',
      'https://friend.example.evil',
    ]) {
      const response = await from(origin);
      expect(response.statusCode).toBe(403);
      expect(response.headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect((await from('http://localhost:7420')).statusCode).toBe(200);
    const friend = await from('https://friend.example');
    expect(friend.headers).toMatchObject({ 'access-control-allow-origin': 'https://friend.example', vary: 'Origin' });
    const preflight = await world.app.inject({ method: 'OPTIONS', url: '/v1/logins', headers: { origin: 'https://friend.example' } });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toContain('Authorization');
    expect((await world.app.inject({ method: 'OPTIONS', url: '/v1/logins', headers: { origin: 'https://evil.example' } })).statusCode).toBe(
      403,
    );
  });

  test('storage that fails is a temporary error that says when to come back, a bug is written down and shown to nobody', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    world.directory.loadLogins = async () => {
      throw new StorageFailure('the disk is full', { outcome: 'not_applied', retryAfterMs: 1_500 });
    };
    const failed = await world.call('GET', '/v1/logins', { token: anna.accessToken });
    expect(failed.headers['retry-after']).toBe('2');
    expect(failed.json()).toMatchObject({ code: 'storage_unavailable', retryable: true, retryAfterMs: 1_500 });
    world.directory.loadLogins = async () => {
      throw new TypeError('an inner secret');
    };
    const broken = await world.call('GET', '/v1/logins', { token: anna.accessToken });
    expect(broken.statusCode).toBe(500);
    expect(broken.body).not.toContain('inner secret');
    expect(world.logged()).toContain('an inner secret');
  });
});

describe('people and registers', () => {
  test('people are found by handle as it looks and by name as it begins, and seen by id', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const bob = await world.register('bob');
    const token = anna.accessToken;
    await world.call('PATCH', '/v1/me', { token: bob.accessToken, body: { displayName: 'Bob van Dam', about: 'here' } });
    const find = async (query: string) => (await world.call('GET', `/v1/people?${query}`, { token })).json().people;
    const shown = { id: bob.person.id, handle: 'bob', displayName: 'Bob van Dam', about: 'here' };
    expect(await find('handle=B0B')).toEqual([shown]);
    for (const name of ['van', 'VAN d', 'dam%20bo', 'bob']) expect(await find(`name=${name}`)).toEqual([shown]);
    for (const name of ['nn', 'van x', '%25', '%F0%9F%99%82']) expect(await find(`name=${name}`)).toEqual([]);
    expect((await world.call('GET', '/v1/people?name=%20', { token })).statusCode).toBe(400);
    expect((await world.call('GET', '/v1/people', { token })).json()).toMatchObject({ code: 'malformed' });
    expect((await world.call('GET', '/v1/people?name=a&handle=anna', { token })).statusCode).toBe(400);
    expect((await world.call('GET', `/v1/people/${bob.person.id}`, { token })).json()).toEqual(shown);
    expect((await world.call('GET', `/v1/people/${'0'.repeat(26)}`, { token })).json()).toMatchObject({ code: 'person_not_found' });
  });

  test('a profile changes, keeps out of handles that look like another’s, and says so to those who show it', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    await world.register('bill');
    const notices: unknown[] = [];
    world.bus.subscribe((notice) => notices.push(notice));
    const update = (body: object) => world.call('PATCH', '/v1/me', { token: anna.accessToken, body });
    expect((await update({ handle: 'BiII' })).json()).toMatchObject({ code: 'handle_taken' });
    expect((await update({ displayName: '\u202e' })).json()).toMatchObject({ code: 'malformed', details: { field: 'displayName' } });
    expect(notices).toEqual([]);
    const changed = await update({ handle: 'Anna.Lee', displayName: 'Anna\u202e Lee' });
    expect(changed.json().person).toMatchObject({ handle: 'anna.lee', displayName: 'Anna Lee' });
    expect(notices).toEqual([{ notice: 'person', person: anna.person.id }]);
  });

  test('a register is written over the version seen, read since a version, and announced', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const token = anna.accessToken;
    const notices: unknown[] = [];
    world.bus.subscribe((notice) => notices.push(notice));
    const write = (key: string, ver: number, value: string | null) =>
      world.call('PUT', `/v1/registers/${key}`, { token, body: { ver, value } });
    const { ver: one, ...first } = (await write('draft.x', 0, '"hi"')).json();
    expect(first).toEqual({ key: 'draft.x', previousVer: 0 });
    expect((await write('draft.x', 0, '"no"')).json()).toMatchObject({ code: 'register_conflict', details: { ver: one } });
    const { ver: two, ...second } = (await write('settings.receipts', 0, 'false')).json();
    expect(second).toEqual({ key: 'settings.receipts', previousVer: one });
    const { ver: three, ...third } = (await write('draft.x', one, null)).json();
    expect(third).toEqual({ key: 'draft.x', previousVer: two });
    expect((await write('__proto__', 0, '1')).statusCode).toBe(400);
    expect((await write('k'.repeat(101), 0, '1')).statusCode).toBe(400);
    expect(notices).toEqual([one, two, three].map((headVer) => ({ notice: 'registers', person: anna.person.id, headVer })));
    const since = async (query: string) => (await world.call('GET', `/v1/registers${query}`, { token })).json();
    const [setting, draft] = [
      { key: 'settings.receipts', ver: two, value: 'false' },
      { key: 'draft.x', ver: three, value: null },
    ];
    const head = { headVer: three, sum: two + three };
    expect(await since('')).toEqual({ registers: [setting, draft], ...head, more: false });
    expect(await since(`?sinceVer=${two}`)).toEqual({ registers: [draft], ...head, more: false });
    expect(await since('?limit=1')).toEqual({ registers: [setting], ...head, more: true });
  });
});

describe('pages and operators', () => {
  test('the reference is made from the table: every route and error, without a script', async () => {
    await using world = await openWorld();
    const document = (await world.call('GET', '/v1/openapi.json')).json();
    expect(document.openapi).toBe('3.1.1');
    const operations = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string }>),
    );
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(routes).sort());
    expect(document.paths['/v1/conversations/{conversation}/entries'].get.parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', exclusiveMinimum: 0, maximum: 200 },
    });
    expect(Object.keys(document.paths['/v1/logins'].post.responses)).toEqual(['201', '400', '401', '403', '413', '429', '500', '503']);
    const page = await world.call('GET', '/docs');
    expect(page.headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
    expect(page.body).not.toMatch(/<script|\sstyle=|\son\w+=/);
    for (const code of Object.keys(errors)) expect(page.body).toContain(`id="error-${code}"`);
    expect((await world.call('GET', '/docs/style.css')).headers['content-type']).toContain('text/css');
  });

  test('the web client: pages always asked for anew, hashed assets kept for ever, every navigation answered, nothing outside the folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlour-web-'));
    const webRoot = join(folder, 'dist');
    mkdirSync(join(webRoot, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Parlour</title>');
    writeFileSync(join(webRoot, 'assets', 'index-Bx3kf9Qa.js'), 'export {};');
    writeFileSync(join(webRoot, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await using world = await openWorld({ webRoot });
    for (const url of ['/', '/c/0123', '/index.html']) {
      const page = await world.call('GET', url, { headers: { accept: 'text/html,*/*' } });
      expect(page.statusCode).toBe(200);
      expect(page.body).toContain('<title>Parlour');
      expect(page.headers['cache-control']).toBe('no-cache');
      expect(page.headers['content-security-policy']).toContain("script-src 'self'");
      expect(page.headers['content-security-policy']).not.toContain('unsafe');
    }
    const asset = await world.call('GET', '/assets/index-Bx3kf9Qa.js');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const picture = await world.call('GET', '/favicon.svg');
    expect(picture.headers['cache-control']).toBe('no-cache');
    expect(picture.headers['content-security-policy']).toContain('sandbox');
    for (const url of ['/../secret.txt', '/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt', '/%2e%2e/secret.txt']) {
      expect((await world.call('GET', url)).body).not.toContain('secret"');
      expect((await world.call('GET', url)).statusCode).toBeGreaterThanOrEqual(400);
    }
    expect((await world.call('GET', '/assets/gone-12345678.js')).statusCode).toBe(404);
  });

  test('without a built client the page says what to do', async () => {
    await using world = await openWorld();
    const page = await world.call('GET', '/', { headers: { accept: 'text/html' } });
    expect(page.body).toContain('npm run build:web');
  });

  test('a server is ready while it does not go down and its store answers', async () => {
    const state = { isHealthy: true, isReady: true };
    await using world = await openWorld({ isHealthy: () => state.isHealthy, isReady: async () => state.isReady });
    const ask = () => world.call('GET', '/readyz', { address: '10.0.0.1' });
    const ready = await ask();
    expect([ready.statusCode, ready.json(), ready.headers['cache-control']]).toEqual([200, { status: 'ready' }, 'no-store']);
    state.isReady = false;
    const without = await ask();
    expect([without.statusCode, without.headers['retry-after']]).toEqual([503, '1']);
    expect(without.json()).toMatchObject({ code: 'storage_unavailable' });
    state.isHealthy = false;
    const draining = await ask();
    expect([draining.statusCode, draining.json()]).toEqual([503, expect.objectContaining({ code: 'draining' })]);
  });

  test('health is for everyone, metrics for this machine', async () => {
    let isHealthy = true;
    await using world = await openWorld({ isHealthy: () => isHealthy });
    world.metrics.addSource(() => [{ name: 'parlour_sockets', help: 'Open sockets.', type: 'gauge', value: 3, labels: { state: 'open' } }]);
    expect((await world.call('GET', '/healthz', { address: '10.0.0.1' })).json()).toEqual({ status: 'ok' });
    isHealthy = false;
    expect((await world.call('GET', '/healthz')).json()).toMatchObject({ code: 'draining' });
    await world.call('GET', '/v1/server');
    const metrics = await world.call('GET', '/metrics');
    expect(metrics.body).toContain('parlour_sockets{state="open"} 3');
    expect(metrics.body).toContain('parlour_http_request_seconds_count{route="loadServerFacts",status="200"} 1');
    expect((await world.call('GET', '/metrics', { address: '10.0.0.1' })).statusCode).toBe(404);
  });

  test.each(['/metrics', '/v1/nodes'])('with a token %s is for those who show it, from wherever they ask', async (path) => {
    const metricsToken = 'a-token-for-metrics';
    await using world = await openWorld({ metricsToken });
    for (const address of ['127.0.0.1', '10.0.0.1']) {
      for (const token of [undefined, 'a-token-for-metricz', `${metricsToken}s`, '']) {
        const refused = await world.call('GET', path, { address, ...(token === undefined ? {} : { token }) });
        expect([refused.statusCode, refused.headers['www-authenticate'], refused.json().code]).toEqual([401, 'Bearer', 'unauthenticated']);
      }
      expect((await world.call('GET', path, { address, token: metricsToken })).statusCode).toBe(200);
    }
    expect((await world.call('GET', '/healthz', { address: '10.0.0.1' })).statusCode).toBe(200);
  });

  test('behind a trusted proxy the address is the one it wrote itself; otherwise what anyone writes is ignored', async () => {
    const headers = { 'x-forwarded-for': '1.2.3.4, 10.9.8.7', 'x-forwarded-proto': 'https' };
    const body = { email: 'anna@example.org', handle: 'anna', password: goodPassword, client: 'browser' };
    for (const trustProxy of [true, false]) {
      await using world = await openWorld({ origins: { publicUrl: null, allowedOrigins: [], trustProxy } });
      const registered = await world.call('POST', '/v1/accounts', { body, headers });
      expect(String(registered.headers['set-cookie']).includes('Secure')).toBe(trustProxy);
      const listed = await world.call('GET', '/v1/logins', { token: registered.json().accessToken });
      expect(listed.json().logins[0].address).toBe(trustProxy ? '10.9.8.7' : '127.0.0.1');
    }
  });
});

describe('on real sockets', () => {
  const timeouts = { ...usualHttpTimeouts, headersMs: 300, requestMs: 600, checkIntervalMs: 50 };

  test('[A-27] those who never finish their headers or body are cut off, and others are served meanwhile', async () => {
    await using world = await openWorld({ timeouts });
    const port = await listen(world);
    const slow = [
      exchange(port, ['GET /v1/server HTTP/1.1\r\nhost: localhost\r\nx: ']),
      exchange(port, ['POST /v1/logins HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"na']),
    ];
    const response = await fetch(`http://127.0.0.1:${port}/v1/server`);
    expect(response.status).toBe(200);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  });

  test('[A-30] requests that could be read in two ways are refused and end their connection', async () => {
    await using world = await openWorld();
    const port = await listen(world);
    const next = 'GET /v1/server HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const smuggled = [
      `POST /v1/logins HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${next}`,
      `POST /v1/logins HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde${next}`,
      `POST /v1/logins HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n${next}`,
      `GET /v1/server HTTP/1.1\nhost: localhost\nx : y\r\n\r\n${next}`,
      `\x16\x03\x01\x02\x00\x01\x00${next}`,
    ];
    for (const bytes of smuggled) {
      const answer = await exchange(port, [bytes]);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).not.toContain('HTTP/1.1 200');
      expect(answer.toLowerCase()).toContain('cache-control: no-store');
      expect(answer).toContain('"code":"malformed"');
    }
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });
});
