import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export type Frame = { kind: string; [key: string]: unknown };
export type Alteration = {
  /** What becomes of a frame of the server: those that are told in its place. */
  readonly frame?: (frame: Frame, heard: string) => readonly unknown[];
  readonly closeCode?: (code: number) => number;
};

/** A client that does not answer a close is let go as soon as the real server does it. */
const socketOptions = { noServer: true, perMessageDeflate: false, closeTimeout: 2_000 };

/** A server that is nearly right: the real one, but for what is altered on the way. */
export class AlteringRelay implements AsyncDisposable {
  readonly url: string;
  alteration: Alteration = {};
  /** Whatever was said to the server last that is nobody else's business. */
  heard = '';
  #requestCount = 1;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer(socketOptions);
  readonly #target: URL;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => {
      const { method, url: path } = incoming;
      // Each from an address of its own, so that as many may register as there are tests.
      const headers = { ...incoming.headers, 'x-forwarded-for': `192.0.2.${this.#requestCount++ % 250}` };
      const forwarded = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on('error', () => outgoing.destroy());
      incoming.pipe(forwarded);
    });
    server.on('upgrade', (incoming, socket, head) => {
      this.#sockets.handleUpgrade(incoming, socket, head, (client) => this.#relay(client, incoming.url ?? ''));
    });
  }

  static async start(target: string): Promise<AlteringRelay> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new AlteringRelay(server, new URL(target));
  }

  #relay(client: WebSocket, path: string): void {
    const upstream = new WebSocket(`ws://${this.#target.host}${path}`, { origin: this.#target.origin, perMessageDeflate: false });
    const early: [Buffer, boolean][] = [];
    const pass = (data: Buffer, isBinary: boolean): void => upstream.send(data, { binary: isBinary });
    client.on('message', (data: Buffer, isBinary) => {
      const secret = /"qq[0-9a-f]{16}/.exec(data.toString())?.[0];
      if (secret !== undefined) this.heard = secret.slice(1);
      if (upstream.readyState === WebSocket.OPEN) pass(data, isBinary);
      else early.push([data, isBinary]);
    });
    upstream.on('open', () => {
      for (const [data, isBinary] of early) pass(data, isBinary);
    });
    upstream.on('message', (data: Buffer) => {
      const { frame = (each) => [each] } = this.alteration;
      for (const altered of frame(JSON.parse(data.toString()) as Frame, this.heard)) client.send(JSON.stringify(altered));
    });
    upstream.on('close', (code) => {
      const { closeCode = (each) => each } = this.alteration;
      if (code === 1005 || code === 1006) client.terminate();
      else client.close(closeCode(code));
    });
    client.on('close', (code) => (code === 1000 || code === 1001 ? upstream.close(code) : upstream.terminate()));
    for (const end of [client, upstream]) end.on('error', () => end.terminate());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
