import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connection } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import type { Hub } from './hub.ts';
import type { Transport } from './outgoing.ts';
import type { FrameBatch } from './shared-frame.ts';

const socketPath = '/v1/socket';

/** How long the other side may take to answer the close, before the socket is gone without it. */
const closeTimeoutMs = 2_000;

export type WebSocketOptions = {
  readonly server: Server;
  readonly hub: Hub;
  readonly tools: GatewayTools;
  /** Whether a page or program of this origin may connect; null where none was sent. */
  readonly allowsOrigin: (origin: string | null, request: IncomingMessage) => boolean;
  readonly addressOf: (request: IncomingMessage) => string;
};

/** Binds sockets to connections. Upgrades are refused before they cost anything; frames are written whole, once a turn, past the library's own sender. */
export function serveWebSockets({ server, hub, tools, allowsOrigin, addressOf }: WebSocketOptions): { readonly close: () => void } {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameSizeBytesMax,
    closeTimeout: closeTimeoutMs,
  };
  const webSockets = new WebSocketServer(options);
  const upgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    // Until the library has taken the socket over, nobody else listens for its errors.
    const ignore = (): void => void socket.destroy();
    socket.on('error', ignore);
    const path = request.url?.split('?', 1)[0];
    if (path !== socketPath) return refuseUpgrade(socket, 'not_found');
    if (!allowsOrigin(request.headers.origin ?? null, request)) return refuseUpgrade(socket, 'origin_refused');
    const address = addressOf(request);
    const refusal = hub.admits(address);
    if (refusal) return refuseUpgrade(socket, refusal);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      attach({ webSocket, socket, address, hub, tools });
    });
  };
  server.on('upgrade', upgrade);
  return { close: () => server.off('upgrade', upgrade) };
}

type Attachment = {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly address: string;
  readonly hub: Hub;
  readonly tools: GatewayTools;
};

function attach({ webSocket, socket, address, hub, tools }: Attachment): void {
  socket.setNoDelay(true);
  const connection = new Connection({ address, hub, tools, transport: new SocketTransport(webSocket, socket) });
  hub.accept(connection);
  webSocket.on('message', (data: Buffer, isBinary: boolean) => {
    // There are no binary frames in the protocol: what comes as one is malformed.
    connection.receive(isBinary ? '' : data.toString());
  });
  webSocket.on('pong', () => connection.sign());
  webSocket.on('close', (code) => connection.closed(code === 1000 || code === 1001));
  // Oversized or broken frames: the library closes the socket with the standard code (1009, 1007, 1002); `close` follows.
  webSocket.on('error', () => connection.sign());
}

class SocketTransport implements Transport {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(batch: FrameBatch): void {
    if (this.#socket.writable && this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(batch.wire);
  }

  ping(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping();
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }
}

function refuseUpgrade(socket: Socket, code: keyof typeof errors): void {
  const { httpStatus, retryable, sentence } = errors[code];
  const body = JSON.stringify({ title: sentence, status: httpStatus, code, retryable });
  const head = `HTTP/1.1 ${httpStatus} Refused\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\nConnection: close\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
