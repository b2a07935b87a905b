import type { ConversationId, RegisterVersion, WallMs } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { isMuted, keepingOf, keepingRegisters } from './keeping.ts';
import { changeOf, Mirror } from './mirror.ts';

const here = '0123456789abcdefghjkmnpqrs' as ConversationId;
const plain = { muted: null, isPinned: false, isArchived: false };

function after(mirror: Mirror, registers: readonly (readonly [string, string | null])[]): Mirror {
  mirror.apply(registers.map(([key, value]) => changeOf('registers', key, { key, ver: 1 as RegisterVersion, value, wish: null })));
  return mirror;
}

test('[SDK-78] what one settles for a conversation is read as it was written, and what is left out stays', () => {
  const mirror = new Mirror();
  expect(keepingOf(mirror, here)).toEqual(plain);
  after(mirror, keepingRegisters(here, { isPinned: true, muted: { until: 5_000 as WallMs } }));
  after(mirror, keepingRegisters(here, { isArchived: true }));
  expect(keepingOf(mirror, here)).toEqual({ muted: { until: 5_000 }, isPinned: true, isArchived: true });
  after(mirror, keepingRegisters(here, { isPinned: false, muted: null }));
  expect(keepingOf(mirror, here)).toEqual({ ...plain, isArchived: true });
  expect(keepingOf(mirror, 'zzz' as ConversationId)).toEqual(plain);
});

test('[SDK-78] each is a register of its own, so that none undoes another', () => {
  const keys = keepingRegisters(here, { muted: { until: null }, isPinned: true, isArchived: true }).map(([key]) => key);
  expect(new Set(keys).size).toBe(3);
  expect(keepingRegisters(here, {})).toEqual([]);
});

test('[SDK-78] what another program wrote there, and is none of it, counts for nothing', () => {
  for (const value of ['', '{', '"soon"', '7', '{"until":"later"}', '{"until":1.5}', '[]', 'null', null]) {
    const mirror = after(new Mirror(), [
      [`mute:${here}`, value],
      [`pin:${here}`, value],
      [`archive:${here}`, value],
    ]);
    expect([value, keepingOf(mirror, here)]).toEqual([value, plain]);
  }
});

test('[SDK-78] muted for a while is muted until then; for good, until one says otherwise', () => {
  const at = (muted: { until: WallMs | null } | null) => isMuted({ muted }, 1_000 as WallMs);
  expect([at(null), at({ until: null }), at({ until: 1_001 as WallMs }), at({ until: 1_000 as WallMs })]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
