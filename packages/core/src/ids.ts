declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Public ids are 16 bytes, written as 26 lower-case characters of Crockford's base 32. */
export type PersonId = Branded<string, 'PersonId'>;
export type ConversationId = Branded<string, 'ConversationId'>;
/** One replica: one client store, minted in the transaction that creates the store. */
export type DeviceId = Branded<string, 'DeviceId'>;
/** One log-in of one person on one browser or program; what a person sees and ends in the list of logins. */
export type LoginId = Branded<string, 'LoginId'>;

/** Position of an entry in one conversation's log. The first entry is 1; 0 stands before it. */
export type Seq = Branded<number, 'Seq'>;
/** How many messages a log (or one author in it) holds up to some seq. Never compared with a seq. */
export type MessageCount = Branded<number, 'MessageCount'>;
/** A replica's own counter of operations; with the device it is the operation's id. Starts at 1. */
export type OperationNumber = Branded<number, 'OperationNumber'>;
/** Counts the writes to one person's registers (drafts, settings); each write takes the next. */
export type RegisterVersion = Branded<number, 'RegisterVersion'>;

/** 16 bytes as 22 characters of base64url. */
export type Digest = Branded<string, 'Digest'>;
/** Digest over a log up to and including one entry. */
export type Chain = Branded<string, 'Chain'>;
/** 16 random bytes as 22 characters of base64url, kept beside a body and erased with it. */
export type Salt = Branded<string, 'Salt'>;

/** Milliseconds since 1970 by the wall clock: to show, never to order or to wait. */
export type WallMs = Branded<number, 'WallMs'>;
/** Milliseconds of a clock that never jumps: to wait, never to show. */
export type MonotonicMs = Branded<number, 'MonotonicMs'>;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
export const idPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
export const digestPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/;

export function isId(text: string): boolean {
  return idPattern.test(text);
}

/** @param bytes exactly 16 */
export function idFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`an id has 16 bytes, not ${bytes.length}`);
  let text = '';
  // 130 bits for 128: the two that are missing stand before the first byte, so the first character is at most 7.
  let pending = 0;
  let pendingBits = 2;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      text += alphabet[(pending >> pendingBits) & 31];
    }
    pending &= (1 << pendingBits) - 1;
  }
  return text;
}

/** @param id a well-formed id */
export function bytesFromId(id: string): Uint8Array {
  const bytes = new Uint8Array(16);
  let pending = 0;
  let pendingBits = -2;
  let index = 0;
  for (const character of id) {
    pending = ((pending << 5) | alphabet.indexOf(character)) & 0xffff;
    pendingBits += 5;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes[index++] = (pending >> pendingBits) & 255;
    }
  }
  return bytes;
}

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** @param digest 22 characters of base64url @returns its 16 bytes */
export function bytesOfDigest(digest: string): Uint8Array {
  const bytes = new Uint8Array(16);
  let pending = 0;
  let pendingBits = 0;
  let index = 0;
  for (const character of digest) {
    pending = ((pending << 6) | base64url.indexOf(character)) & 0xffff;
    pendingBits += 6;
    if (pendingBits >= 8 && index < 16) {
      pendingBits -= 8;
      bytes[index++] = (pending >> pendingBits) & 255;
    }
  }
  return bytes;
}
