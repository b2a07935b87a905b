import type { Digest16 } from '../environment.ts';
import { type Refusal, refuse } from '../errors.ts';
import type { Chain, DeviceId, Digest, MessageCount, OperationNumber, Salt, Seq, WallMs } from '../ids.ts';
import { chainOf, digestOf } from './chain.ts';
import { decideAct, decideCreate, decideGroup } from './decide-group.ts';
import type { Entry, Operation } from './entry.ts';
import { isMember, type LogState, sentBy } from './state.ts';
import { isVisible } from './visibility.ts';

/** What a log keeps of an entry to recognise an operation that comes again. */
export type OperationMark = {
  readonly seq: Seq;
  readonly chain: Chain;
  readonly device: DeviceId;
  readonly n: OperationNumber;
  readonly digest: Digest;
  readonly salt: Salt | null;
};

/** What the owner has looked up for one operation before it is decided. */
export type OperationFacts = {
  /** The log's own chain at `after.seq`; null where the log does not reach that far. */
  readonly chainAtAfter: Chain | null;
  /** `after` lies so far behind the head that what came since was not looked through. */
  readonly tooFarBehind: boolean;
  /** Entries after `after.seq`, oldest first. */
  readonly marksSinceAfter: readonly OperationMark[];
  /** The entry that has this operation's (device, n), where it was looked up by index. */
  readonly sameOperation: OperationMark | null;
  /** The index has this (device, n) in another conversation. */
  readonly usedElsewhere: boolean;
};

/** Facts of an operation that was made on the log's very head. */
export function factsAtHead(chainAtAfter: Chain): OperationFacts {
  return { chainAtAfter, tooFarBehind: false, marksSinceAfter: [], sameOperation: null, usedElsewhere: false };
}

/** [OP-2] An operation belongs to the log it was made on. */
export function isMadeOnThisLog({ after }: Operation, facts: OperationFacts): boolean {
  return after === null || facts.tooFarBehind || facts.chainAtAfter === after.chain;
}

export type Verdict =
  | { readonly verdict: 'append'; readonly entry: Entry }
  | { readonly verdict: 'duplicate'; readonly seq: Seq }
  /** Never: skipped, and the operations behind it go on. */
  | { readonly verdict: 'refused'; readonly refusal: Refusal }
  /** Not now: the operations of the same batch behind it wait too, so that order holds. */
  | { readonly verdict: 'stopped'; readonly refusal: Refusal };

export type DecideContext = { readonly digest16: Digest16; readonly salt: () => Salt; readonly now: WallMs };

/**
 * Decides one operation on exactly the prefix that the append will be compared with.
 * @param batch entries decided before this one for the same append; `state` has them applied already
 */
export function decideOperation(
  state: LogState,
  batch: readonly Entry[],
  operation: Operation,
  facts: OperationFacts,
  context: DecideContext,
): Verdict {
  const unseen = decideVisible(state, operation);
  if (unseen) return { verdict: 'refused', refusal: unseen };
  const again = decideIdentity(state, batch, operation, facts, context.digest16);
  if (again) return again;
  const refusal = decideKind(state, operation);
  if (refusal) return { verdict: 'refused', refusal };
  return { verdict: 'append', entry: entryFor(state, operation, context) };
}

/** [OP-1] Whoever was never here learns nothing: not how long the log is, not even that there is one. So this comes before all else. */
function decideVisible(state: LogState, { kind, author }: Operation): Refusal | null {
  return kind === 'create' || state.members.has(author) ? null : refuse('conversation_not_visible');
}

/**
 * [OP-2] Is it made on this log? [OP-3] What stands in it already is answered with its seq. [OP-4] The same id with other content is refused;
 * [OP-5] so is one that a later operation of its own device has overtaken. [OP-6] Made too long ago to tell: sync first; whoever was taken out
 * cannot get any nearer by that.
 */
function decideIdentity(
  state: LogState,
  batch: readonly Entry[],
  operation: Operation,
  facts: OperationFacts,
  digest16: Digest16,
): Verdict | null {
  const { after, device, n, author } = operation;
  if (!isMadeOnThisLog(operation, facts)) return { verdict: 'stopped', refusal: refuse('diverged', { afterSeq: after?.seq ?? 0 }) };
  if (facts.usedElsewhere) return { verdict: 'refused', refusal: refuse('id_reuse', { n }) };
  let superseded = false;
  const known = [...(facts.sameOperation ? [facts.sameOperation] : []), ...facts.marksSinceAfter, ...batch];
  for (const mark of known) {
    if (mark.device !== device) continue;
    if (mark.n === n) {
      return sameContent(mark, operation, digest16)
        ? { verdict: 'duplicate', seq: mark.seq }
        : { verdict: 'refused', refusal: refuse('id_reuse', { n, seq: mark.seq }) };
    }
    superseded ||= mark.n > n;
  }
  if (facts.tooFarBehind && isMember(state, author))
    return { verdict: 'stopped', refusal: refuse('resync', { afterSeq: after?.seq ?? 0 }) };
  return superseded ? { verdict: 'refused', refusal: refuse('superseded', { n }) } : null;
}

/** An erased body cannot be compared any more; its operation still happened. */
function sameContent(mark: OperationMark | Entry, operation: Operation, digest16: Digest16): boolean {
  return mark.salt === null || digestOf(digest16, mark.salt, operation.body) === mark.digest;
}

/** [OP-1] Membership and the rules of each kind, on the prefix. */
function decideKind(state: LogState, operation: Operation): Refusal | null {
  if (operation.kind === 'create') {
    return state.head.seq === 0 ? decideCreate(operation, JSON.parse(operation.body)) : refuse('conversation_exists');
  }
  if (!isMember(state, operation.author)) return refuse('not_a_member');
  // A seq means an entry of this log only, and only one that the author sees can be acted on.
  const { target } = operation;
  if (target !== null && !(target <= state.head.seq && isVisible(state.members.get(operation.author)?.stays ?? [], target)))
    return refuse('malformed', { field: 'target', targetSeq: target });
  switch (operation.kind) {
    case 'message':
      return decideAct(state, operation.author, 'write');
    case 'notice':
      return null;
    default:
      return decideGroup(state, operation.kind, operation);
  }
}

function entryFor(state: LogState, operation: Operation, { digest16, salt: mintSalt, now }: DecideContext): Entry {
  const { kind, author, device, n, target, body } = operation;
  const seq = (state.head.seq + 1) as Seq;
  const salt = mintSalt();
  const digest = digestOf(digest16, salt, body);
  const counted = kind === 'message' ? 1 : 0;
  const changesMembers = kind === 'create' || kind === 'add' || kind === 'remove';
  return {
    seq,
    kind,
    author,
    device,
    n,
    target,
    ord: (state.ord + counted) as MessageCount,
    mine: (sentBy(state, author) + counted) as MessageCount,
    memberSeq: changesMembers ? seq : state.memberSeq,
    ts: operation.ts ?? now,
    digest,
    chain: chainOf(digest16, state.head.chain, { seq, kind, author, device, n, target, digest }),
    salt,
    body,
  };
}
