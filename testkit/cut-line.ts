import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * What a line suffers until it is healed. `cut`: connections end, and new ones with them. `slow`: everything is late by so much. `mute`: nothing
 * arrives over there, and `deaf`: nothing arrives here, and neither end is told; as in a network, what waited arrives once it is healed.
 */
export type LineTrouble =
  | { readonly what: 'cut' | 'mute' | 'deaf' }
  /** By each piece that is read; none overtakes another. */
  | { readonly what: 'slow'; readonly lateMs: number };

type Direction = 'there' | 'back';

/** The way from somebody to a server, which can be cut as a killed process or a lost network cuts it, without a word, and lets through badly or one way only. */
export class CutLine implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Where it leads; null where there is nobody. */
  #farPort: number | null;
  #trouble: LineTrouble | null = null;
  #healed = Promise.withResolvers<void>();

  private constructor(server: Server, farPort: number) {
    this.#server = server;
    this.#farPort = farPort;
    this.port = (server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<CutLine> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const line = new CutLine(server, port);
    server.on('connection', (near) => {
      if (line.#trouble?.what === 'cut' || line.#farPort === null) near.destroy();
      else line.#join(near, connect(line.#farPort, '127.0.0.1'));
    });
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Once: who connects again gets through. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As an address that moves from a machine to another, whatever the line suffers. Null: nobody has it now. */
  pointTo(farPort: number | null): void {
    this.#farPort = farPort;
    this.cut();
  }

  suffer(trouble: LineTrouble): void {
    this.heal();
    this.#trouble = trouble;
    if (trouble.what === 'cut') this.cut();
  }

  heal(): void {
    this.#trouble = null;
    this.#healed.resolve();
    this.#healed = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.heal();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    }
    void this.#carry(near, far, 'there');
    void this.#carry(far, near, 'back');
  }

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from) {
        await this.#passable(direction);
        await written(to, chunk);
      }
    } catch {
      // Either end is gone, which the other is told like an end.
    }
    await this.#passable(direction);
    to.destroySoon();
  }

  async #passable(direction: Direction): Promise<void> {
    if (this.#trouble?.what === 'slow') await wait(this.#trouble.lateMs);
    while (this.#trouble?.what === (direction === 'there' ? 'mute' : 'deaf')) await this.#healed.promise;
  }
}

function written(to: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
