import { randomBytes } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Frame, Line } from './line.ts';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
type Opcode = (typeof opcodes)[keyof typeof opcodes];
type Received = { readonly opcode: number; readonly payload: Buffer };
type FrameBits = { readonly isLast?: boolean; readonly isCompressed?: boolean; readonly isMasked?: boolean };

/** A WebSocket (RFC 6455) by hand, so that it can do what no decent client does. */
export class RawSocket extends Line {
  readonly status: number;
  /** Header lines of the answer to the upgrade, in small letters. */
  readonly head: string;
  readonly socket: Socket;
  readonly received: Received[] = [];
  #parsed: Frame[] = [];
  #parsedCount = 0;
  #unread: Buffer;

  private constructor(socket: Socket, head: string, rest: Buffer) {
    super();
    this.socket = socket;
    this.head = head.toLowerCase();
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    this.#unread = rest;
    const ended = (): void => {
      this.isClosed = true;
      this.wakeUp();
    };
    socket.on('data', (chunk) => this.#read(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    socket.on('close', ended);
    if (socket.destroyed) ended();
    if (this.status === 101) this.#read(Buffer.alloc(0));
  }

  /** @param headers beside those of the upgrade itself, or in their place; null leaves one out */
  static async open(url: string, headers: Readonly<Record<string, string | null>> = {}, path = '/v1/socket'): Promise<RawSocket> {
    const { hostname, port, host, origin, protocol } = new URL(url);
    const name = hostname.replace(/^\[|\]$/g, '');
    const isEncrypted = protocol === 'https:';
    const to = { host: name, port: Number(port || (isEncrypted ? 443 : 80)) };
    const socket = isEncrypted ? connectTls({ ...to, ...(isIP(name) === 0 ? { servername: name } : {}) }) : connect(to);
    socket.on('error', () => {});
    const lines = Object.entries({
      Host: host,
      Origin: origin,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    });
    const head = lines.map(([name, value]) => (value === null ? '' : `${name}: ${value}\r\n`)).join('');
    socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`);
    let answer = Buffer.alloc(0);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      answer = Buffer.concat([answer, Buffer.from(chunk)]);
      if (answer.includes('\r\n\r\n')) break;
    }
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`no answer to the upgrade: ${answer}`);
    return new RawSocket(socket, answer.subarray(0, end).toString(), answer.subarray(end + 4));
  }

  send(opcode: Opcode, payload: string | Buffer, { isLast = true, isCompressed = false, isMasked = true }: FrameBits = {}): void {
    const bytes = Buffer.from(payload);
    const head = Buffer.alloc(bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10);
    head[0] = (isLast ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode;
    head[1] = (isMasked ? 0x80 : 0) | (head.length === 2 ? bytes.length : head.length === 4 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(bytes.length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(bytes.length), 2);
    // A mask of zeros is a mask, and leaves the bytes as they are.
    this.socket.write(isMasked ? Buffer.concat([head, Buffer.alloc(4), bytes]) : Buffer.concat([head, bytes]));
  }

  say(frame: object): void {
    this.send(opcodes.text, JSON.stringify(frame));
  }

  /** All that came as text, in its order. */
  frames(): readonly Frame[] {
    for (; this.#parsedCount < this.received.length; this.#parsedCount++) {
      const { opcode, payload } = this.received[this.#parsedCount] as Received;
      if (opcode === opcodes.text) this.#parsed.push(JSON.parse(payload.toString()));
    }
    return this.#parsed;
  }

  /** What came instead of an upgrade; whole when the socket is closed. */
  get body(): string {
    return this.status === 101 ? '' : this.#unread.toString();
  }

  /** The code that the other side closed with. */
  closeCode(): number | null {
    const close = this.received.find(({ opcode }) => opcode === opcodes.close);
    return close === undefined || close.payload.length < 2 ? null : close.payload.readUInt16BE(0);
  }

  pingCount(): number {
    return this.received.filter(({ opcode }) => opcode === opcodes.ping).length;
  }

  together(say: () => void): void {
    this.socket.cork();
    say();
    this.socket.uncork();
  }

  written(): Promise<void> {
    return new Promise((resolve) => this.socket.write('', () => resolve()));
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  leave(code: number): void {
    this.send(opcodes.close, Buffer.from([code >> 8, code & 255]));
  }

  async closed(withinMs?: number): Promise<number> {
    const code = await this.until('the close', () => this.closeCode() ?? undefined, withinMs);
    if (!this.isClosed) this.leave(code);
    return code;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    let unread = Buffer.concat([this.#unread, chunk]);
    if (this.status !== 101) {
      this.#unread = unread;
      return;
    }
    for (;;) {
      const short = unread.length < 2 ? 0 : (unread[1] ?? 0) & 127;
      const headSize = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (unread.length < headSize) break;
      const size = short === 127 ? Number(unread.readBigUInt64BE(2)) : short === 126 ? unread.readUInt16BE(2) : short;
      if (unread.length < headSize + size) break;
      const opcode = (unread[0] ?? 0) & 15;
      const payload = unread.subarray(headSize, headSize + size);
      this.received.push({ opcode, payload });
      if (opcode === opcodes.ping && this.answersPings) this.send(opcodes.pong, payload);
      unread = unread.subarray(headSize + size);
    }
    this.#unread = unread;
    this.wakeUp();
  }
}
