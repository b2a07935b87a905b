import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that knows HTTP and nothing else: no WebSocket passes. Of several servers each request goes to the next. */
export class PlainProxy implements AsyncDisposable {
  readonly url: string;
  /** Upgrades that were refused. */
  refusedCount = 0;
  /** What was said into streams, by the server that it was taken to. */
  readonly saidTo: number[];
  readonly #server: Server;
  readonly #targets: readonly URL[];
  #next = 0;

  private constructor(server: Server, targets: readonly URL[]) {
    this.#server = server;
    this.#targets = targets;
    this.saidTo = targets.map(() => 0);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => this.#pass(incoming, outgoing));
    server.on('upgrade', (_incoming, socket) => {
      this.refusedCount++;
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
  }

  static async start(...targets: readonly string[]): Promise<PlainProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PlainProxy(
      server,
      targets.map((target) => new URL(target)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const place = this.#next++ % this.#targets.length;
    const { hostname: host, port } = this.#targets[place] as URL;
    const { method, url: path, headers } = incoming;
    if (method === 'POST' && path === '/v1/stream') this.saidTo[place] = (this.saidTo[place] ?? 0) + 1;
    const passed = request({ host, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => outgoing.destroy());
      answer.on('close', () => outgoing.end());
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  }
}
