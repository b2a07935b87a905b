import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of what a client says, or a server answers. Held bytes stay here; nothing overtakes them. */
type Fate = 'pass' | 'hold' | 'cut';
type Tap = { readonly toServer: (bytes: Buffer) => Fate; readonly toClient: (bytes: Buffer) => Fate };

const open: Tap = { toServer: () => 'pass', toClient: () => 'pass' };

/** A wire between a store and its PostgreSQL that breaks, or is slow, at the very point that a test chooses. */
export class WireTap implements AsyncDisposable {
  readonly url: string;
  tap: Tap = open;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #whenHeld = Promise.withResolvers<void>();
  #held: { readonly near: Socket; readonly far: Socket; readonly bytes: Buffer[] } | null = null;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    const here = new URL(target);
    here.port = String((server.address() as AddressInfo).port);
    this.url = here.href;
    server.on('connection', (near) => this.#join(near, connect(Number(target.port), target.hostname)));
  }

  static async to(url: string): Promise<WireTap> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WireTap(server, new URL(url));
  }

  mend(): void {
    this.tap = open;
  }

  /** Once something is held, its sender's end of the wire breaks. */
  async heldFromAGoneSender(): Promise<void> {
    await this.#whenHeld.promise;
    this.#held?.near.destroy();
  }

  /** The server gets what was held, however long its sender is gone. Resolves with the first that it answers. */
  async release(): Promise<void> {
    const held = this.#held;
    if (!held) throw new Error('nothing is held');
    this.#held = null;
    this.mend();
    const answered = once(held.far, 'data');
    held.far.write(Buffer.concat(held.bytes));
    await answered;
    held.far.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket, far: Socket): void {
    const end = (): void => {
      near.destroy();
      // One from which something is held is kept: what was said on it may still arrive.
      if (this.#held?.far !== far) far.destroy();
    };
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    near.on('data', (bytes: Buffer) => {
      const fate = this.#held?.far === far ? 'hold' : this.tap.toServer(bytes);
      if (fate === 'pass') far.write(bytes);
      else if (fate === 'cut') end();
      else {
        this.#held ??= { near, far, bytes: [] };
        this.#held.bytes.push(bytes);
        this.#whenHeld.resolve();
      }
    });
    far.on('data', (bytes: Buffer) => {
      const fate = this.tap.toClient(bytes);
      if (fate === 'pass') near.write(bytes);
      else if (fate === 'cut') end();
    });
  }
}
