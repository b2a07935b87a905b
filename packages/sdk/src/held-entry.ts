import type { Chain, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import type { EntryOnWire } from '@parlour/protocol/parts';

/** An entry of a kind that this client does not know: it keeps its place in the chain, and shows as nothing. */
export type UnknownEntry = {
  readonly kind: 'unknown';
  readonly seq: Seq;
  readonly author: PersonId;
  readonly device: DeviceId;
  readonly n: OperationNumber;
  readonly ord: MessageCount;
  readonly mine: MessageCount;
  readonly memberSeq: Seq;
  readonly ts: WallMs;
  readonly chain: Chain;
};

export type HeldEntry = EntryOnWire | UnknownEntry;

/** Who has to have a name for an entry to be shown: whoever made it, and whomever it is about. */
export function peopleIn(entry: HeldEntry): readonly PersonId[] {
  const isAboutSomebody = entry.kind !== 'unknown' && entry.body !== null && 'person' in entry.body;
  return isAboutSomebody ? [entry.author, (entry.body as { readonly person: PersonId }).person] : [entry.author];
}
