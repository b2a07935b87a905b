/** One frame for the wire: made once, whoever receives it. */
export class SharedFrame {
  readonly text: string;
  #wire: Buffer | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** An unmasked, unfragmented text frame (RFC 6455, section 5.2). */
  get wire(): Buffer {
    this.#wire ??= wireOf(this.text);
    return this.#wire;
  }
}

const textFrameByte = 0x81;

function wireOf(text: string): Buffer {
  const sizeBytes = Buffer.byteLength(text);
  const headerSizeBytes = sizeBytes < 126 ? 2 : sizeBytes < 65_536 ? 4 : 10;
  const wire = Buffer.allocUnsafe(headerSizeBytes + sizeBytes);
  wire[0] = textFrameByte;
  if (headerSizeBytes === 2) wire[1] = sizeBytes;
  else if (headerSizeBytes === 4) {
    wire[1] = 126;
    wire.writeUInt16BE(sizeBytes, 2);
  } else {
    wire[1] = 127;
    wire.writeBigUInt64BE(BigInt(sizeBytes), 2);
  }
  wire.write(text, headerSizeBytes);
  return wire;
}

/**
 * The frames due on one socket in one turn. Sockets that are due the same frames in the same order share the batch, and so its bytes:
 * a batch grows into the next by a frame, and the last growth is remembered.
 */
export class FrameBatch {
  readonly #frame: SharedFrame | null;
  readonly #before: FrameBatch | null;
  #lastGrowth: FrameBatch | null = null;
  #wire: Buffer | null = null;

  constructor(before: FrameBatch | null = null, frame: SharedFrame | null = null) {
    this.#before = before;
    this.#frame = frame;
  }

  with(frame: SharedFrame): FrameBatch {
    const known = this.#lastGrowth;
    if (known && known.#frame === frame) return known;
    this.#lastGrowth = new FrameBatch(this, frame);
    return this.#lastGrowth;
  }

  /** In the order they were added. */
  get frames(): SharedFrame[] {
    const frames: SharedFrame[] = [];
    if (this.#before) frames.push(...this.#before.frames);
    if (this.#frame) frames.push(this.#frame);
    return frames;
  }

  get wire(): Buffer {
    if (!this.#wire) {
      const frames = this.frames;
      this.#wire = frames.length === 1 && frames[0] ? frames[0].wire : Buffer.concat(frames.map((frame) => frame.wire));
    }
    return this.#wire;
  }
}
