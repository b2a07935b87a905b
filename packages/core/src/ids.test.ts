import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesFromId, bytesOfDigest, digestPattern, idFromBytes, isId } from './ids.ts';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('ids', () => {
  test('[ID-1] 16 bytes go into 26 characters and back, and sort the same', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const id = idFromBytes(one);
        expect(isId(id)).toBe(true);
        expect(bytesFromId(id)).toEqual(one);
        const order = Buffer.compare(one, other);
        expect(id < idFromBytes(other) ? -1 : id > idFromBytes(other) ? 1 : 0).toBe(order);
      }),
    );
  });

  test('[ID-1] every text that is an id is the id of its bytes, so no two texts are one id', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/), (id) => {
        expect(idFromBytes(bytesFromId(id))).toBe(id);
      }),
    );
    for (const text of [
      '',
      '8'.padEnd(26, '0'),
      '0'.repeat(25),
      '0'.repeat(27),
      `${'0'.repeat(25)}I`,
      `${'0'.repeat(25)}U`,
      `${'0'.repeat(26)}\n`,
    ])
      expect(isId(text)).toBe(false);
    expect(() => idFromBytes(new Uint8Array(15))).toThrow('an id has 16 bytes, not 15');
  });

  test('[ID-2] 16 bytes are 22 characters of base64url and back', () => {
    fc.assert(
      fc.property(bytes, (one) => {
        const text = Buffer.from(one).toString('base64url');
        expect(text).toMatch(digestPattern);
        expect(bytesOfDigest(text)).toEqual(one);
      }),
    );
    for (const text of ['A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}B`, `${'A'.repeat(21)}=`])
      expect(text).not.toMatch(digestPattern);
  });
});
