import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

type Alter = (path: string, body: string) => string | Promise<string>;

/** Stands between a browser and the server, as a newer program of the same server would, or a cable that somebody pulls. */
export class AlteringProxy implements AsyncDisposable {
  readonly url: string;
  /** What becomes of the answers that are text, at once or later. */
  alter: Alter = (_path, body) => body;
  readonly #server: Server;
  readonly #target: URL;
  readonly #upgraded = new Set<Duplex>();
  #isCut = false;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => {
      if (this.#isCut) return void incoming.socket.destroy();
      const { method, url: path = '/', headers } = incoming;
      // Unpacked and as a whole, so that it can be altered.
      const forwarded = request(
        { host: target.hostname, port: target.port, method, path, headers: { ...headers, 'accept-encoding': 'identity' } },
        (answer) => {
          void readAll(answer).then(async (body) => {
            const isText = /html|javascript/.test(answer.headers['content-type'] ?? '');
            const altered = isText ? Buffer.from(await this.alter(path, body.toString())) : body;
            const { 'transfer-encoding': _, ...kept } = answer.headers;
            const isBodiless = answer.statusCode === 304 || answer.statusCode === 204;
            outgoing.writeHead(answer.statusCode ?? 502, isBodiless ? kept : { ...kept, 'content-length': altered.length });
            outgoing.end(isBodiless ? undefined : altered);
          });
        },
      );
      // What was altered has no tag of its own: it is asked for anew each time.
      forwarded.removeHeader('if-none-match');
      forwarded.removeHeader('if-modified-since');
      forwarded.on('error', () => outgoing.destroy());
      incoming.pipe(forwarded);
    });
    server.on('upgrade', (incoming, socket, head) => this.#tunnel(incoming, socket, head));
  }

  static async start(target: string): Promise<AlteringProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new AlteringProxy(server, new URL(target));
  }

  /** Nothing comes through any more, and what was open ends. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#upgraded) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  #tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isCut) return void socket.destroy();
    const through: Socket = connect(Number(this.#target.port), this.#target.hostname, () => {
      const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
      through.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      through.write(head);
      socket.pipe(through).pipe(socket);
    });
    for (const end of [socket, through]) {
      this.#upgraded.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.#upgraded.delete(end);
        for (const other of [socket, through]) other.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
