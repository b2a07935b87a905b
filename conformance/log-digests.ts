import { hash } from 'node:crypto';
import { idFromBytes } from '@parlour/core/ids';
import type { EntryOnWire } from '@parlour/protocol/parts';

const first16 = (text: string): Buffer => hash('sha256', text, 'buffer').subarray(0, 16);

/** [LOG-1] The numbers that are hashed. */
const kindNumbers: Readonly<Record<EntryOnWire['kind'], number>> = {
  create: 1,
  message: 2,
  add: 3,
  remove: 4,
  notice: 5,
  role: 6,
  pardon: 7,
  describe: 8,
  rules: 9,
};

/** [LOG-2] */
export function chainAfter(previous: string, entry: EntryOnWire, digest: string): string {
  const { seq, kind, author, device, n, target = 0 } = entry;
  return first16(`${previous} ${seq} ${kindNumbers[kind]} ${author} ${device} ${n} ${target} ${digest}`).toString('base64url');
}

/** [LOG-3] @param salt '' for what somebody would guess who does not have it */
export function digestOf(salt: string, body: string): string {
  return first16(salt + body).toString('base64url');
}

/** [GRP-8] */
export function groupId(device: string, n: number): string {
  return idFromBytes(first16(`group ${device} ${n}`));
}

/** [LOG-4] */
export function directId(one: string, other: string): string {
  const [lesser, greater] = one < other ? [one, other] : [other, one];
  return idFromBytes(first16(`direct ${lesser} ${greater}`));
}
