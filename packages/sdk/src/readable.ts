import type { Space, Spaces } from './store.ts';

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isNullOr = (value: unknown, is: (value: unknown) => boolean): boolean => value === null || is(value);
const isPosition = (value: unknown): boolean => isObject(value) && isCount(value.seq) && isText(value.chain);

const isPerson = (value: unknown): boolean => isObject(value) && [value.id, value.handle, value.displayName, value.about].every(isText);

const isMeta: Readonly<Record<string, (value: unknown) => boolean>> = {
  device: isText,
  counter: isCount,
  epoch: isCount,
  me: (value) => isPerson(value) && isText((value as Loose).login),
  registers_ver: isCount,
  refresh_token: isText,
  logged_out: (value) => value === true,
};

function isRow(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { conversation, type, peer, head, last, receipts, wish } = value;
  const counts = ['firstSeq', 'ord', 'mine', 'readSeq', 'readOrd', 'readMine', 'receivedSeq', 'memberCount'];
  return (
    isText(conversation) &&
    (type === 'direct' || type === 'group') &&
    isPosition(head) &&
    isTime(value.activity) &&
    counts.every((name) => isCount(value[name])) &&
    (peer === undefined || isPerson({ about: '', ...(peer as object) })) &&
    (last === undefined || (isObject(last) && isCount(last.seq) && isText(last.author) && isTime(last.ts) && isText(last.text))) &&
    Array.isArray(receipts) &&
    receipts.every((receipt) => isObject(receipt) && isText(receipt.person) && isCount(receipt.readSeq) && isCount(receipt.receivedSeq)) &&
    (wish === null || isObject(wish))
  );
}

function isEntry(value: unknown): boolean {
  if (!isObject(value) || !isText(value.kind) || !isPosition(value) || !isText(value.author) || !isTime(value.ts) || !isCount(value.n))
    return false;
  return value.kind !== 'message' || isNullOr(value.body, (body) => isObject(body) && isText(body.text));
}

function isOutboxItem(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { conversation, device, n, text, after, at, error, heir } = value;
  return (
    [conversation, device, text].every(isText) &&
    isCount(n) &&
    isPosition(after) &&
    isTime(at) &&
    isNullOr(error, isText) &&
    isNullOr(heir, isCount)
  );
}

function isRegister(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { key, ver, wish } = value;
  return (
    isText(key) && isCount(ver) && isNullOr(value.value, isText) && isNullOr(wish, (one) => isObject(one) && isNullOr(one.value, isText))
  );
}

const checks: Readonly<Record<Space, (key: string, value: unknown) => boolean>> = {
  meta: (key, value) => isMeta[key]?.(value) ?? true,
  rows: (_key, value) => isRow(value),
  tails: (_key, value) => isObject(value) && isPosition(value.before) && isPosition(value.position),
  entries: (_key, value) => isEntry(value),
  outbox: (_key, value) => isOutboxItem(value),
  registers: (_key, value) => isRegister(value),
  people: (_key, value) => isPerson(value),
};

/** [SDK-4] Whether what stands in the store is what was once put there, as far as its shape tells: enough that nothing breaks that reads it. */
export function isReadable<S extends Space>(space: S, key: string, value: unknown): value is Spaces[S] {
  return checks[space](key, value);
}
