import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

/** A port that nobody has, for the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Looks into a process that was started with `--inspect`. */
export class MemoryProbe implements Disposable {
  readonly #socket: WebSocket;
  readonly #pid: number;
  #id = 0;

  private constructor(socket: WebSocket, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
  }

  static async attach(inspectorPort: number, pid: number): Promise<MemoryProbe> {
    const answer = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
    const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
    if (!target) throw new Error('the server cannot be looked into');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await once(socket, 'open');
    return new MemoryProbe(socket, pid);
  }

  /** What the system has given to the process. */
  memoryMb(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024) / 1e6;
  }

  /** Fetches all garbage, so that what is left is what is held. */
  async collectGarbage(): Promise<void> {
    const id = ++this.#id;
    const answered = new Promise<void>((resolve) => {
      const hear = ({ data }: MessageEvent): void => {
        if ((JSON.parse(String(data)) as { id?: number }).id !== id) return;
        this.#socket.removeEventListener('message', hear);
        resolve();
      };
      this.#socket.addEventListener('message', hear);
    });
    this.#socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    await answered;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
