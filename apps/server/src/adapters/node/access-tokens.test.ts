import { idFromBytes, type LoginId, type PersonId, type WallMs } from '@parlour/core/ids';
import { jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { JwtAccessTokens } from './access-tokens.ts';

const secret = new Uint8Array(32).fill(7);
const id = (number: number) => idFromBytes(new Uint8Array(16).fill(number));
const claims = { person: id(1) as PersonId, login: id(2) as LoginId, tokenVersion: 3, expiresAt: 1_234_567 as WallMs };

test('what was signed is read back to the millisecond, and holds no more than it must', async () => {
  const tokens = new JwtAccessTokens(secret);
  const token = await tokens.sign(claims);
  expect(await tokens.read(token)).toEqual(claims);
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'exp_ms', 'sid', 'sub', 'ver']);
});

test('a library that knows the standard reads it too', async () => {
  const token = await new JwtAccessTokens(secret).sign(claims);
  const { payload, protectedHeader } = await jwtVerify(token, secret, { audience: 'parlour', currentDate: new Date(0) });
  expect([payload.sub, payload.exp, protectedHeader.alg]).toEqual([claims.person, Math.ceil(claims.expiresAt / 1_000), 'HS256']);
});

test('what another secret, algorithm, purpose or nobody signed is nothing', async () => {
  const tokens = new JwtAccessTokens(secret);
  const token = await tokens.sign(claims);
  const [header, payload, signature = ''] = token.split('.');
  const body = { sid: claims.login, ver: 3, exp_ms: claims.expiresAt };
  const foreign = [
    await new JwtAccessTokens(new Uint8Array(32).fill(8)).sign(claims),
    new UnsecuredJWT(body).setSubject(claims.person).setAudience('parlour').encode(),
    await new SignJWT(body).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setSubject(claims.person).setAudience('parlour').sign(secret),
    await new SignJWT({ ...body, sid: 'x' })
      .setProtectedHeader({ alg: 'HS256', typ: 'parlour-access+jwt' })
      .setSubject(claims.person)
      .setAudience('parlour')
      .sign(secret),
    `${header}.${Buffer.from('{}').toString('base64url')}.${signature}`,
    `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    `${header}.${payload}.`,
    '',
    'a.b.c',
    '🙂',
  ];
  for (const text of foreign) expect(await tokens.read(text)).toBeNull();
  expect(() => new JwtAccessTokens(new Uint8Array(31))).toThrow('needs 32');
});
