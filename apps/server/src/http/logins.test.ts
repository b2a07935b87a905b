import type { LoginId, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { authenticated } from '@parlour/protocol/http/authenticated';
import { logins } from '@parlour/protocol/http/logins';
import { describe, expect, test } from 'vitest';
import { secretHash } from '../adapters/node/secret-hash.ts';
import { cookiesOf, goodPassword, openWorld } from './people-world.contract.ts';

const credentials = (name: string, password = goodPassword) => ({ name, password, client: 'program' });

describe('registering and logging in', () => {
  test('a registered person is logged in, and logs in again by handle and by e-mail, in any case', async () => {
    await using world = await openWorld();
    const anna = await world.register('Anna');
    expect(anna.person).toMatchObject({ handle: 'anna', displayName: 'Anna' });
    for (const name of ['anna', 'ANNA', 'anna@example.org', ' Anna@Example.org ']) {
      const response = await world.call('POST', '/v1/logins', { body: credentials(name) });
      expect(response.statusCode).toBe(201);
      expect(authenticated.parse(response.json()).person.id).toBe(anna.person.id);
      expect(response.json().login).not.toBe(anna.login);
    }
    const me = await world.call('GET', '/v1/me', { token: anna.accessToken });
    expect(me.json()).toEqual({ person: anna.person, login: anna.login });
  });

  test('an access token lives as long as the setting says', async () => {
    await using world = await openWorld({ accessTokenLifetimeMs: 2_000 });
    const anna = await world.register('anna');
    expect(anna.expiresInMs).toBe(2_000);
    world.clock.elapsedMs += 1_999;
    expect((await world.call('GET', '/v1/me', { token: anna.accessToken })).statusCode).toBe(200);
    world.clock.elapsedMs += 1;
    expect((await world.call('GET', '/v1/me', { token: anna.accessToken })).json()).toMatchObject({ code: 'unauthenticated' });
  });

  test('a weak password is refused with the reason, a closed server with another, a handle that cannot be with its own', async () => {
    await using world = await openWorld();
    const wish = { email: 'bob@example.org', handle: 'bob', password: 'password', client: 'program' };
    const weak = await world.call('POST', '/v1/accounts', { body: wish });
    expect(weak.statusCode).toBe(422);
    expect(weak.headers['content-type']).toBe('application/problem+json');
    expect(weak.json()).toMatchObject({ code: 'password_weak', retryable: false, details: { reason: 'This is a heavily used password.' } });
    const short = await world.call('POST', '/v1/accounts', { body: { ...wish, password: 'x7!k' } });
    expect(short.json()).toMatchObject({ code: 'password_weak', details: { reason: 'It has fewer than 8 characters.' } });
    const mixed = await world.call('POST', '/v1/accounts', { body: { ...wish, handle: 'bоb', password: goodPassword } });
    expect(mixed.json()).toMatchObject({ code: 'malformed', details: { field: 'handle' } });
    await using closed = await openWorld({ registration: 'closed' });
    const refused = await closed.call('POST', '/v1/accounts', { body: { ...wish, password: goodPassword } });
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'registration_closed' });
  });

  test('[A-8] a wrong name and a wrong password, a taken handle and a taken address, sound alike', async () => {
    await using world = await openWorld();
    await world.register('anna');
    const answers = [
      await world.call('POST', '/v1/logins', { body: credentials('anna', 'wrong password') }),
      await world.call('POST', '/v1/logins', { body: credentials('nobody') }),
      await world.call('POST', '/v1/logins', { body: credentials('nobody@example.org') }),
    ];
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401]);
    const wish = { handle: 'new.one', email: 'new@example.org', password: goodPassword, client: 'program' };
    const taken = [
      await world.call('POST', '/v1/accounts', { body: { ...wish, handle: 'Аnnа'.replace('А', 'a').replace('а', 'a') } }),
      await world.call('POST', '/v1/accounts', { body: { ...wish, email: 'ANNA@example.org' } }),
    ];
    expect(taken.map(({ statusCode }) => statusCode)).toEqual([409, 409]);
    expect(taken[0]?.body).toBe(taken[1]?.body);
  });

  test('[A-8] attempts on one account are limited whether or not it is there, and the limit says when to come back', async () => {
    await using world = await openWorld();
    await world.register('anna');
    for (const name of ['anna', 'nobody']) {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 11; attempt++) {
        const response = await world.call('POST', '/v1/logins', {
          body: credentials(name, `wrong ${attempt}`),
          address: `10.0.0.${attempt}`,
        });
        statuses.push(response.statusCode);
        if (attempt === 10) expect(response.headers['retry-after']).toBe('30');
      }
      expect(statuses).toEqual([...new Array<number>(10).fill(401), 429]);
    }
    world.clock.elapsedMs += 30_000;
    expect((await world.call('POST', '/v1/logins', { body: credentials('anna') })).statusCode).toBe(201);
  });

  test('[A-8] registering tells that an e-mail address is used to those who may still ask: so often per address, and no more on a closed server', async () => {
    await using world = await openWorld();
    await world.register('anna');
    const ask = (index: number, email: string, address: string, password = goodPassword) =>
      world.call('POST', '/v1/accounts', { body: { email, handle: `probe${index}`, password, client: 'program' }, address });
    expect((await ask(0, 'anna@example.org', '10.0.0.1')).json()).toMatchObject({ code: 'registration_refused' });
    // Whatever becomes of an attempt, it counts.
    for (let index = 1; index < 30; index++) expect((await ask(index, 'n@example.org', '10.0.0.1', 'short')).statusCode).toBe(422);
    const limited = [await ask(30, 'anna@example.org', '10.0.0.1'), await ask(31, 'nobody@example.org', '10.0.0.1')];
    for (const answer of limited) {
      expect(answer.json()).toMatchObject({ code: 'too_many_requests' });
      expect(answer.headers['retry-after']).toBe('20');
    }
    expect((await ask(32, 'anna@example.org', '10.0.0.2')).json()).toMatchObject({ code: 'registration_refused' });
    world.clock.elapsedMs += 20_000;
    expect((await ask(33, 'anna@example.org', '10.0.0.1')).json()).toMatchObject({ code: 'registration_refused' });
    await using closed = await openWorld({ registration: 'closed' });
    const answers = ['anna@example.org', 'nobody@example.org'].map((email) =>
      closed.call('POST', '/v1/accounts', { body: { email, handle: 'probe', password: goodPassword, client: 'program' } }),
    );
    expect(new Set((await Promise.all(answers)).map(({ body }) => body)).size).toBe(1);
  });

  test('one address may try many accounts only so often; an IPv6 network is one address', async () => {
    await using world = await openWorld();
    const attempt = (index: number, address: string) =>
      world.call('POST', '/v1/logins', { body: { name: `n${index}`, password: 'x', client: 'program' }, address });
    const statuses: number[] = [];
    for (let index = 0; index < 62; index++) statuses.push((await attempt(index, `2001:db8::${(index + 1).toString(16)}`)).statusCode);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect((await attempt(100, '2001:db8:0:1::1')).statusCode).toBe(401);
  });

  test('beyond the bound of hashes under way, logins are told when to come back', async () => {
    await using world = await openWorld();
    await world.register('anna');
    const attempts = Array.from({ length: 30 }, (_, index) => world.call('POST', '/v1/logins', { body: credentials(`n${index}`) }));
    const answers = await Promise.all(attempts);
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ headers }) => headers['retry-after'] === '1')).toBe(true);
    expect((await world.call('POST', '/v1/logins', { body: credentials('anna') })).statusCode).toBe(201);
  });
});

describe('renewing', () => {
  const renew = (world: Awaited<ReturnType<typeof openWorld>>, login: string, refreshToken?: string) =>
    world.call('POST', '/v1/tokens', { body: { login, ...(refreshToken === undefined ? {} : { refreshToken }) } });

  const expectEnded = async (world: Awaited<ReturnType<typeof openWorld>>, ...accessTokens: readonly string[]) => {
    for (const token of accessTokens) expect((await world.call('GET', '/v1/me', { token })).json()).toMatchObject({ code: 'login_ended' });
  };

  test('[A-6] a refresh token that is replayed once what came of it was used ends its login, with all that came of it', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const next = (await renew(world, anna.login, anna.refreshToken)).json();
    expect(next.refreshToken).not.toBe(anna.refreshToken);
    expect((await world.call('GET', '/v1/me', { token: next.accessToken })).statusCode).toBe(200);
    const third = (await renew(world, anna.login, next.refreshToken)).json();
    world.clock.elapsedMs += limits.refreshTokenGraceMs + 1;
    expect((await renew(world, anna.login, anna.refreshToken)).json()).toMatchObject({ code: 'refresh_refused' });
    expect((await renew(world, anna.login, third.refreshToken)).json()).toMatchObject({ code: 'refresh_refused' });
    await expectEnded(world, anna.accessToken, next.accessToken, third.accessToken);
  });

  test('[A-6] whoever never had the answer to a renewal is renewed when they ask again, however late', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    expect((await renew(world, anna.login, anna.refreshToken)).statusCode).toBe(200);
    world.clock.elapsedMs += 3_600_000;
    const again = (await renew(world, anna.login, anna.refreshToken)).json();
    expect((await renew(world, anna.login, again.refreshToken)).statusCode).toBe(200);
  });

  test('[A-6] a stolen refresh token that was used ends the login as soon as its owner goes on with what had come of it', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const next = (await renew(world, anna.login, anna.refreshToken)).json();
    world.clock.elapsedMs += limits.refreshTokenGraceMs + 1;
    const thief = (await renew(world, anna.login, anna.refreshToken)).json();
    expect((await renew(world, anna.login, next.refreshToken)).json()).toMatchObject({ code: 'refresh_refused' });
    expect((await renew(world, anna.login, thief.refreshToken)).json()).toMatchObject({ code: 'refresh_refused' });
    await expectEnded(world, next.accessToken, thief.accessToken);
  });

  test('a refresh token is kept as its hash only', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    expect(anna.refreshToken).toMatch(/^\w{52}$/);
    expect(await world.directory.loadRefreshToken(anna.refreshToken ?? '')).toBeNull();
    expect(await world.directory.loadRefreshToken(secretHash(anna.refreshToken ?? ''))).toMatchObject({ login: anna.login, usedAt: null });
  });

  test('[A-6] two tabs that race both go on', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const [one, other] = await Promise.all([renew(world, anna.login, anna.refreshToken), renew(world, anna.login, anna.refreshToken)]);
    world.clock.elapsedMs += limits.refreshTokenGraceMs;
    expect([one?.statusCode, other?.statusCode]).toEqual([200, 200]);
    expect((await renew(world, anna.login, one?.json().refreshToken)).statusCode).toBe(200);
    expect((await renew(world, anna.login, other?.json().refreshToken)).statusCode).toBe(200);
  });

  test('a token of another login, an unknown one and one out of date are refused, and end nothing', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const bob = await world.register('bob');
    expect((await renew(world, anna.login, bob.refreshToken)).statusCode).toBe(401);
    expect((await renew(world, anna.login, '0'.repeat(52))).statusCode).toBe(401);
    expect((await renew(world, anna.login)).statusCode).toBe(401);
    expect((await renew(world, anna.login, anna.refreshToken)).statusCode).toBe(200);
    world.clock.elapsedMs += limits.refreshTokenLifetimeMs;
    expect((await renew(world, bob.login, bob.refreshToken)).statusCode).toBe(401);
  });

  test('[A-2] a browser’s refresh token is in a cookie that scripts, other sites and other routes never see', async () => {
    await using world = await openWorld();
    const body = { email: 'anna@example.org', handle: 'anna', password: goodPassword, client: 'browser' };
    const response = await world.call('POST', '/v1/accounts', { body, headers: { origin: 'http://localhost:7420' } });
    expect(response.json()).not.toHaveProperty('refreshToken');
    expect(response.cookies).toMatchObject([
      { name: `parlour_r_${response.json().login}`, httpOnly: true, sameSite: 'Strict', path: '/v1/tokens', maxAge: 90 * 86_400 },
      { name: 'parlour_login', value: response.json().login, sameSite: 'Strict', path: '/', maxAge: 90 * 86_400 },
    ]);
    expect(response.cookies.every(({ secure }) => secure)).toBe(false);
    expect(response.cookies.at(-1)).not.toHaveProperty('httpOnly');
    await using secure = await openWorld({ origins: { publicUrl: 'https://chat.example', allowedOrigins: [], trustProxy: false } });
    const encrypted = await secure.call('POST', '/v1/accounts', { body, headers: { origin: 'https://chat.example' } });
    expect(encrypted.cookies.map(({ secure }) => secure)).toEqual([true, true]);
    expect(encrypted.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  test('two accounts in one browser renew apart; [A-1] no foreign, hidden or missing origin renews with a cookie', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna', { client: 'browser' });
    const bob = await world.register('bob', { client: 'browser' });
    const cookies = { ...anna.cookies, ...bob.cookies };
    const renewFrom = (login: string, headers: Record<string, string>) =>
      world.call('POST', '/v1/tokens', { body: { login }, cookies, headers });
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: 'http://localhost:7421' }, {}]) {
      const response = await renewFrom(anna.login, headers as Record<string, string>);
      expect(response.json()).toMatchObject({ code: 'origin_refused', status: 403 });
    }
    const rebound = { origin: 'http://evil.example:7420', host: 'evil.example:7420' };
    expect((await renewFrom(anna.login, rebound)).statusCode).toBe(403);
    const own = { origin: 'http://localhost:7420' };
    const renewed = await renewFrom(bob.login, own);
    expect(renewed.json()).toMatchObject({ person: { handle: 'bob' }, login: bob.login });
    expect(Object.keys(cookiesOf(renewed))).toEqual([`parlour_r_${bob.login}`, 'parlour_login']);
    expect((await renewFrom(anna.login, own)).json()).toMatchObject({ person: { handle: 'anna' } });
  });
});

describe('ending', () => {
  test('the hint to a browser’s login goes with that login, and with a renewal that is refused, and not with another', async () => {
    await using world = await openWorld();
    const [anna, bob] = [await world.register('anna', { client: 'browser' }), await world.register('bob', { client: 'browser' })];
    const cookies = { ...anna.cookies, ...bob.cookies };
    expect(cookies.parlour_login).toBe(bob.login);
    const end = (token: string) => world.call('DELETE', '/v1/logins/current', { token, cookies });
    expect(cookiesOf(await end(anna.accessToken))).toEqual({ [`parlour_r_${anna.login}`]: '' });
    expect(cookiesOf(await end(bob.accessToken))).toEqual({ [`parlour_r_${bob.login}`]: '', parlour_login: '' });
    const refused = await world.call('POST', '/v1/tokens', {
      body: { login: bob.login },
      cookies: { parlour_login: bob.login },
      headers: { origin: 'http://localhost:7420' },
    });
    expect(refused.statusCode).toBe(401);
    expect(cookiesOf(refused)).toMatchObject({ parlour_login: '' });
  });

  test('one’s own logins are listed with device, address and last use, and ended one by one', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const bob = await world.register('bob');
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
    world.clock.elapsedMs += 5;
    const other = (await world.call('POST', '/v1/logins', { body: credentials('anna'), headers: { 'user-agent': firefox } })).json();
    const listed = logins.parse((await world.call('GET', '/v1/logins', { token: anna.accessToken })).json()).logins;
    expect(listed.map(({ id, label, current, address }) => ({ id, label, current, address }))).toEqual([
      { id: other.login, label: 'Firefox on Linux', current: false, address: '127.0.0.1' },
      { id: anna.login, label: 'lightMyRequest', current: true, address: '127.0.0.1' },
    ]);
    expect((await world.call('DELETE', `/v1/logins/${bob.login}`, { token: anna.accessToken })).statusCode).toBe(404);
    expect((await world.call('DELETE', `/v1/logins/${other.login}`, { token: anna.accessToken })).statusCode).toBe(204);
    expect((await world.call('GET', '/v1/me', { token: other.accessToken })).json()).toMatchObject({ code: 'login_ended' });
    expect((await world.call('GET', '/v1/me', { token: bob.accessToken })).statusCode).toBe(200);
    expect((await world.call('DELETE', '/v1/logins/current', { token: anna.accessToken })).statusCode).toBe(204);
    expect((await world.call('GET', '/v1/me', { token: anna.accessToken })).statusCode).toBe(401);
  });

  test('[A-4] logging out everywhere voids every access token at once, and within 30 s where the notice is lost', async () => {
    await using world = await openWorld();
    for (const isCut of [false, true]) {
      const handle = isCut ? 'bob' : 'anna';
      const one = await world.register(handle);
      const other = (await world.call('POST', '/v1/logins', { body: credentials(handle) })).json();
      const statusOf = async (token: string) => (await world.call('GET', '/v1/me', { token })).statusCode;
      expect(await statusOf(other.accessToken)).toBe(200);
      world.bus.isCut = isCut;
      expect((await world.call('DELETE', '/v1/logins', { token: one.accessToken })).statusCode).toBe(204);
      if (isCut) world.clock.elapsedMs += 30_000;
      expect([await statusOf(one.accessToken), await statusOf(other.accessToken)]).toEqual([401, 401]);
      expect((await world.call('POST', '/v1/tokens', { body: { login: other.login, refreshToken: other.refreshToken } })).statusCode).toBe(
        401,
      );
      expect((await world.call('POST', '/v1/logins', { body: credentials(handle) })).statusCode).toBe(201);
      world.bus.isCut = false;
    }
  });

  test('[A-5] a changed password ends the other logins and the old refresh token, and this login goes on', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const other = (await world.call('POST', '/v1/logins', { body: credentials('anna') })).json();
    const newPassword = 'copper lantern 44 sideways';
    const change = (oldPassword: string, next: string) =>
      world.call('POST', '/v1/me/password', { token: anna.accessToken, body: { oldPassword, newPassword: next } });
    expect((await change('wrong', newPassword)).json()).toMatchObject({ code: 'credentials_wrong' });
    expect((await change(goodPassword, 'password')).json()).toMatchObject({ code: 'password_weak' });
    const changed = await change(goodPassword, newPassword);
    expect(changed.statusCode).toBe(200);
    expect(changed.json().login).toBe(anna.login);
    expect((await world.call('GET', '/v1/me', { token: other.accessToken })).json()).toMatchObject({ code: 'login_ended' });
    expect((await world.call('POST', '/v1/tokens', { body: { login: anna.login, refreshToken: anna.refreshToken } })).statusCode).toBe(401);
    const renewed = await world.call('POST', '/v1/tokens', { body: { login: anna.login, refreshToken: changed.json().refreshToken } });
    expect(renewed.statusCode).toBe(200);
    expect((await world.call('POST', '/v1/logins', { body: credentials('anna') })).statusCode).toBe(401);
    expect((await world.call('POST', '/v1/logins', { body: credentials('anna', newPassword) })).statusCode).toBe(201);
  });

  test('an access token ends by itself', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    world.clock.elapsedMs += anna.expiresInMs - 1;
    expect((await world.call('GET', '/v1/me', { token: anna.accessToken })).statusCode).toBe(200);
    world.clock.elapsedMs += 1;
    const late = await world.call('GET', '/v1/me', { token: anna.accessToken });
    expect(late.json()).toMatchObject({ code: 'unauthenticated' });
    expect(late.headers['www-authenticate']).toBe('Bearer');
    expect(anna.expiresInMs).toBeLessThanOrEqual(600_000);
  });

  test('[A-7] a login’s id is the server’s: one brought along is refused, and a person’s hundredth and first login ends the one that rested longest', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna');
    const brought = await world.call('POST', '/v1/logins', { body: { ...credentials('anna'), login: anna.login } });
    expect(brought.json()).toMatchObject({ code: 'malformed' });
    for (let index = 1; index < limits.loginsPerPersonMax; index++) {
      const at = (world.clock.environment.now() + index) as WallMs;
      const id = world.clock.environment.id() as LoginId;
      const login = {
        id,
        person: anna.person.id,
        label: 'script',
        client: 'program',
        address: '127.0.0.1',
        createdAt: at,
        lastUsedAt: at,
      } as const;
      await world.directory.createLogin(login);
    }
    expect(await world.directory.loadLogins(anna.person.id)).toHaveLength(limits.loginsPerPersonMax);
    world.clock.elapsedMs += 30_000;
    await world.call('POST', '/v1/logins', { body: credentials('anna') });
    expect(await world.directory.loadLogins(anna.person.id)).toHaveLength(limits.loginsPerPersonMax);
    expect(await world.directory.loadLogin(anna.login)).toMatchObject({ endedAt: expect.any(Number) });
  });

  test('[A-2] no token and no password is ever in a log, whatever fails', async () => {
    await using world = await openWorld();
    const anna = await world.register('anna', { client: 'browser' });
    await world.call('GET', `/v1/me?token=${anna.accessToken}`, { token: anna.accessToken });
    await world.call('POST', '/v1/tokens', {
      body: { login: anna.login },
      cookies: anna.cookies,
      headers: { origin: 'http://localhost:7420' },
    });
    world.app.log.error({ accessToken: anna.accessToken, deep: { password: goodPassword, er: { refreshToken: 'x-secret-x' } } }, 'planted');
    const logged = world.logged();
    expect(logged).toContain('planted');
    expect(logged).toContain('answered');
    for (const secret of [anna.accessToken, goodPassword, 'x-secret-x', ...Object.values(anna.cookies)])
      expect(logged).not.toContain(secret);
  });
});
