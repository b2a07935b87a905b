import { idFromBytes, type LoginId, type MonotonicMs, type PersonId, type WallMs } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { JwtAccessTokens } from '../adapters/node/access-tokens.ts';
import { Authenticator } from './authenticate.ts';

const id = (number: number) => idFromBytes(new Uint8Array(16).fill(number));
const person = id(1) as PersonId;
const login = id(2) as LoginId;
const claims = { person, login, tokenVersion: 1, expiresAt: 600_000 as WallMs };

/** Counts its reads, and holds them back while it is told to. */
class SlowDirectory extends MemoryDirectory {
  readCount = 0;
  gate: Promise<void> = Promise.resolve();
  readonly hasRead = Promise.withResolvers<void>();

  override async loadStanding(wanted: LoginId) {
    this.readCount += 1;
    const found = await super.loadStanding(wanted);
    this.hasRead.resolve();
    await this.gate;
    return found;
  }
}

async function open() {
  const directory = new SlowDirectory();
  await directory.createPerson({
    id: person,
    handle: 'anna',
    handleKey: 'anna',
    displayName: 'Anna',
    nameKey: 'anna',
    about: '',
    emailKey: 'a@b',
    passwordHash: '',
    createdAt: 0 as WallMs,
  });
  const at = 0 as WallMs;
  await directory.createLogin({ id: login, person, label: '', client: 'program', address: '', createdAt: at, lastUsedAt: at });
  const clock = { nowMs: 0 };
  const bus = new MemoryBus();
  const tokens = new JwtAccessTokens(new Uint8Array(32).fill(1));
  const environment = { now: () => clock.nowMs as WallMs, monotonic: () => clock.nowMs as MonotonicMs };
  const authenticator = new Authenticator({ directory, tokens, bus, environment });
  return { directory, clock, bus, authenticator, token: await tokens.sign(claims) };
}

test('a token is proved once, and the directory asked every 20 s', async () => {
  const { directory, clock, authenticator, token } = await open();
  for (clock.nowMs = 0; clock.nowMs < 90_000; clock.nowMs += 1_000) expect(await authenticator.verifyAccessToken(token)).toEqual(claims);
  expect(directory.readCount).toBe(5);
});

test('[A-4] an end that comes while the directory answers is not overlooked', async () => {
  const { directory, bus, authenticator, token } = await open();
  const { promise, resolve } = Promise.withResolvers<void>();
  directory.gate = promise;
  const asked = authenticator.verifyAccessToken(token);
  await directory.hasRead.promise;
  await directory.endLogins(person, login, 1 as WallMs);
  bus.publish({ notice: 'logins_ended', person, login }, () => ['everyone']);
  resolve();
  expect(await asked).toEqual({ refused: 'login_ended', details: {} });
  expect(await authenticator.verifyAccessToken(token)).toMatchObject({ refused: 'login_ended' });
});

test('[A-4] the end of another’s login, or of another login, changes nothing; a raised version ends all', async () => {
  const { directory, bus, authenticator, token } = await open();
  await authenticator.verifyAccessToken(token);
  bus.publish({ notice: 'logins_ended', person: id(9) as PersonId, login: null }, () => ['everyone']);
  bus.publish({ notice: 'logins_ended', person, login: id(9) as LoginId }, () => ['everyone']);
  expect(await authenticator.verifyAccessToken(token)).toEqual(claims);
  expect(directory.readCount).toBe(1);
  await directory.raiseTokenVersion(person);
  bus.publish({ notice: 'logins_ended', person, login: null }, () => ['everyone']);
  expect(await authenticator.checkIdentity(claims)).toMatchObject({ refused: 'login_ended' });
  authenticator.stop();
});

test('a token out of date is refused without asking anybody', async () => {
  const { directory, clock, authenticator, token } = await open();
  clock.nowMs = claims.expiresAt;
  expect(await authenticator.verifyAccessToken(token)).toMatchObject({ refused: 'unauthenticated' });
  expect(await authenticator.verifyAccessToken('nonsense')).toMatchObject({ refused: 'unauthenticated' });
  expect(directory.readCount).toBe(0);
});
