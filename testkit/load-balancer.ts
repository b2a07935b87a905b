import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** In front of several servers: each connection goes to the next in turn that takes it, whole and unread, and nobody is sent back to where they were. */
export class LoadBalancer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #ports: readonly number[];
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor(server: Server, ports: readonly number[]) {
    this.#server = server;
    this.#ports = ports;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async before(ports: readonly number[], port = 0): Promise<LoadBalancer> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const balancer = new LoadBalancer(server, ports);
    server.on('connection', (near) => balancer.#take(near));
    return balancer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(near: Socket): void {
    this.#hold(near);
    near.on('error', () => near.destroy());
    this.#pass(near, this.#ports.length);
  }

  /** @param triesLeft of the servers, each is tried once */
  #pass(near: Socket, triesLeft: number): void {
    const port = this.#ports[this.#turn++ % this.#ports.length];
    if (triesLeft === 0 || port === undefined || near.destroyed) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    this.#hold(far);
    const next = (): void => this.#pass(near, triesLeft - 1);
    far.once('error', next);
    far.once('connect', () => {
      far.off('error', next);
      far.on('error', () => far.destroy());
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.pipe(other);
        one.once('close', () => other.destroy());
      }
      near.resume();
    });
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
