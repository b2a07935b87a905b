/** Digests, chains and salts are text outside and 16 bytes in the store. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

export function textOf<Text extends string>(bytes: Uint8Array): Text {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url') as Text;
}

/** Of many rows, the digests are read as `hex(...)`: a text is made in a quarter of the time of an array of bytes. */
export function textOfHex<Text extends string>(hex: string): Text {
  return Buffer.from(hex, 'hex').toString('base64url') as Text;
}
