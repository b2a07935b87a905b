import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/**
 * A WebSocket client that costs little, so that the generator is not what is measured: it reads frames where they lie,
 * and masks with zeros, which the protocol allows and which leaves the text as it is (RFC 6455, section 5.3).
 */
export class WireClient {
  readonly #socket: Socket;
  readonly #onText: (text: string) => void;
  #pending: Buffer | null = null;
  receivedBytes = 0;
  onClose: (code: number) => void = () => {};

  private constructor(socket: Socket, onText: (text: string) => void) {
    this.#socket = socket;
    this.#onText = onText;
  }

  static open({ port, onText }: { readonly port: number; readonly onText: (text: string) => void }): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const client = new WireClient(socket, onText);
      let head = '';
      const onHead = (chunk: Buffer): void => {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 101')) return reject(new Error(`upgrade refused: ${head.slice(0, 200)}`));
        socket.off('data', onHead);
        socket.on('data', (data: Buffer) => client.#receive(data));
        socket.on('close', () => client.onClose(1006));
        resolve(client);
        const rest = Buffer.from(head.slice(end + 4), 'latin1');
        if (rest.length > 0) client.#receive(rest);
      };
      socket.on('data', onHead);
      socket.on('error', reject);
      const key = randomBytes(16).toString('base64');
      socket.write(
        `GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
    });
  }

  send(text: string): void {
    this.#socket.write(frameOf(0x81, text));
  }

  end(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    let data = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = null;
    while (data.length >= 2) {
      const short = (data[1] ?? 0) & 127;
      const headerSize = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length < headerSize) break;
      const size = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
      const end = headerSize + size;
      if (data.length < end) break;
      const opcode = (data[0] ?? 0) & 15;
      if (opcode === 1) this.#onText(data.toString('latin1', headerSize, end));
      else if (opcode === 9) this.#socket.write(frameOf(0x8a, ''));
      else if (opcode === 8) this.onClose(size >= 2 ? data.readUInt16BE(headerSize) : 1005);
      data = data.subarray(end);
    }
    if (data.length > 0) this.#pending = data;
  }
}

function frameOf(first: number, text: string): Buffer {
  const size = Buffer.byteLength(text);
  const headerSize = size < 126 ? 6 : size < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(headerSize + size);
  frame[0] = first;
  if (headerSize === 6) frame[1] = 0x80 | size;
  else if (headerSize === 8) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(size), 2);
  }
  frame.fill(0, headerSize - 4, headerSize);
  frame.write(text, headerSize);
  return frame;
}
