import type { Position } from '@parlour/core/conversation-log/entry';
import type { DeviceId, OperationNumber, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { OperationOnWire } from '@parlour/protocol/client/send';
import type { ClientLimits } from './client-limits.ts';
import { type Change, changeOf, metaChange } from './mirror.ts';
import { type ClientRefusal, refuseHere } from './refusal.ts';
import { type OutboxItem, outboxKey, type StoreTransaction } from './store.ts';

/** Messages that may wait on one device; more are refused as `outbox_full`. */
export const outboxItemsMax = 10_000;
/** Room in one frame for operations; at least one goes, whatever its size. */
const batchSizeBytesMax = 200_000;

/** [SDK-20] The number is taken in the transaction that makes the message ready, whichever tab it is written in. */
export async function enqueue(
  transaction: StoreTransaction,
  message: Pick<OutboxItem, 'conversation' | 'text' | 'act' | 'after' | 'at'>,
): Promise<{ readonly changes: readonly Change[]; readonly item: OutboxItem } | ClientRefusal> {
  const device = (await transaction.get('meta', 'device')) as DeviceId | undefined;
  if (!device || !(await transaction.get('meta', 'me'))) return refuseHere('logged_out');
  if ((await transaction.scan('outbox')).length >= outboxItemsMax) return refuseHere('outbox_full', { itemsMax: outboxItemsMax });
  const n = ((((await transaction.get('meta', 'counter')) as OperationNumber | undefined) ?? 0) + 1) as OperationNumber;
  const item: OutboxItem = { ...message, device, n, error: null, again: false, heir: null };
  return { item, changes: [metaChange('counter', n), changeOf('outbox', outboxKey(item), item)] };
}

/**
 * [SDK-21] What goes next: in the order of the numbers, up to the first that failed, or that [SDK-22] must be asked about. [SDK-23] What a device
 * before this one had numbered goes alone: where it can only go under another number, nothing behind it may have gone.
 * @param pending of one conversation, in order
 */
export function nextBatch(
  pending: readonly OutboxItem[],
  now: WallMs,
  { operationsPerSendMax }: Pick<ClientLimits, 'operationsPerSendMax'>,
): OutboxItem[] {
  const batch: OutboxItem[] = [];
  let sizeBytes = 0;
  for (const item of pending) {
    const said = item.act ? JSON.stringify(item.act) : item.text;
    // A code unit is at most 6 bytes of JSON in UTF-8.
    sizeBytes += said.length * (isPlain(said) ? 3 : 6) + 200;
    const isFull = batch.length >= operationsPerSendMax || (batch.length > 0 && sizeBytes > batchSizeBytesMax);
    if (isFull || item.error !== null || (batch.length > 0 && item.heir !== null) || isTooOld(item, now)) break;
    batch.push(item);
    if (item.heir !== null) break;
  }
  return batch;
}

function isPlain(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON writes as six bytes
  return !/[\u0000-\u001f\ud800-\udfff]/.test(text);
}

export function presentOperation({ n, text, act, after }: OutboxItem): OperationOnWire {
  return { n, ...(act ?? { kind: 'message', body: { text } }), after } as OperationOnWire;
}

/** [SDK-22] After a day the person is asked: what was right to say then may not be now. */
export function isTooOld({ at }: OutboxItem, now: WallMs): boolean {
  return now - at > limits.operationAgeMaxMs;
}

/**
 * [SDK-23] A new replica in place of one that is older than what it has sent. What still waits keeps its order, and goes under the id it has: it
 * may be under way, and stand in the log at any moment. A number of the new one is kept for where that id turns out to be another message's, or
 * overtaken.
 */
export async function replaceDevice(transaction: StoreTransaction, device: DeviceId): Promise<{ readonly changes: readonly Change[] }> {
  const pending = (await transaction.scan('outbox')).map(([, item]) => item);
  pending.sort((one, other) => (one.heir ?? one.n) - (other.heir ?? other.n));
  const heirs = pending.map((item, index) => changeOf('outbox', outboxKey(item), { ...item, heir: (index + 1) as OperationNumber }));
  return { changes: [metaChange('device', device), metaChange('counter', pending.length as OperationNumber), ...heirs] };
}

/** [SDK-14] The message under a new number, as its own was overtaken. */
export function renumber(item: OutboxItem, n: OperationNumber, after: Position): Change[] {
  const renewed = { ...item, n, after, again: false };
  return [changeOf('outbox', outboxKey(item), null), changeOf('outbox', outboxKey(renewed), renewed)];
}

/** The message under its number of the new device. */
export function inherit(item: OutboxItem, device: DeviceId, after: Position): Change[] {
  if (item.heir === null) return [];
  const heir: OutboxItem = { ...item, device, n: item.heir, after, again: false, heir: null };
  return [changeOf('outbox', outboxKey(item), null), changeOf('outbox', outboxKey(heir), heir)];
}
