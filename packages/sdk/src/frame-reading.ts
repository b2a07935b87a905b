import { chain, deviceId, entry, messageCount, operationNumber, personId, seq, wallMs } from '@parlour/protocol/parts';
import { type Entries, entries } from '@parlour/protocol/server/entries';
import { type Range, range } from '@parlour/protocol/server/range';
import { type ServerFrame, serverFrames } from '@parlour/protocol/server-frame';
import { type UnpackedFrame, unpackFrame } from '@parlour/protocol/unpacked-frame';
import * as z from 'zod/mini';
import type { HeldEntry, UnknownEntry } from './held-entry.ts';

type WithHeld<Frame extends { entries: unknown }> = Omit<Frame, 'entries'> & { readonly entries: readonly HeldEntry[] };
export type EntriesFrame = WithHeld<Entries>;
export type RangeFrame = WithHeld<Range>;

/** A frame as this client uses it: rows are unpacked, and entries of kinds it does not know keep their place. */
export type ReceivedFrame = Exclude<UnpackedFrame, Entries | Range> | EntriesFrame | RangeFrame;

/** What every entry of any version has. */
const anyEntry = z.looseObject({
  kind: z.string(),
  seq,
  author: personId,
  device: deviceId,
  n: operationNumber,
  ord: messageCount,
  mine: messageCount,
  memberSeq: seq,
  ts: wallMs,
  chain,
});
const heldEntry = z.union([
  entry,
  z.pipe(
    anyEntry,
    z.transform(
      ({ seq, author, device, n, ord, mine, memberSeq, ts, chain }): UnknownEntry => ({
        kind: 'unknown',
        seq,
        author,
        device,
        n,
        ord,
        mine,
        memberSeq,
        ts,
        chain,
      }),
    ),
  ),
]);

const schemas: ReadonlyMap<string, z.ZodMiniType> = new Map<string, z.ZodMiniType>([
  ...Object.entries(serverFrames),
  ['entries', z.extend(entries, { entries: z.array(heldEntry) })],
  ['range', z.extend(range, { entries: z.array(heldEntry) })],
]);

const withKind = z.looseObject({ kind: z.string() });

/**
 * [SDK-40] A frame of a kind that this client does not know is skipped; what does not fit its schema is, too, and a sync heals what it would
 * have told.
 */
export function readFrame(text: string): ReceivedFrame | null {
  const json = parseJson(text);
  const kind = withKind.safeParse(json);
  const parsed = kind.success ? schemas.get(kind.data.kind)?.safeParse(json) : undefined;
  return parsed?.success ? (unpackFrame(parsed.data as ServerFrame) as ReceivedFrame) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
