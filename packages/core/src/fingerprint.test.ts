import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintOf } from './fingerprint.ts';
import type { Chain } from './ids.ts';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const chainOf = (of: Uint8Array) => Buffer.from(of).toString('base64url') as Chain;

test('[EVID-4] a fingerprint is eight numbers of five digits, and says all of the chain', () => {
  expect(fingerprintOf(chainOf(new Uint8Array(16)))).toBe(Array(8).fill('00000').join(' '));
  expect(fingerprintOf(chainOf(new Uint8Array(16).fill(255)))).toBe(Array(8).fill('65535').join(' '));
  fc.assert(
    fc.property(bytes, (one) => {
      const groups = fingerprintOf(chainOf(one)).split(' ');
      expect(groups.every((group) => /^\d{5}$/.test(group))).toBe(true);
      expect(groups.flatMap((group) => [Number(group) >> 8, Number(group) & 255])).toEqual([...one]);
    }),
  );
});
