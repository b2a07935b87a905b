import { watch } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import type { SeededRandom } from '../simulation/seeded-random.ts';
import { ParlourProcess } from '../tests/parlour-process.ts';
import { waitUntil } from './condition.ts';
import type { DeadlyOrder, DeadlyPlace } from './deadly-order.ts';
import { type House, returnMs } from './house.ts';

const startMsMax = 700;
const drainMsMax = 120;
/** A server that went down in order before it could be killed comes again, and is told anew. */
const triesMax = 20;

/** The server of a crash run, and the ways in which it dies. Each of them ends with a process that was killed, or throws. */
export class ServerDeaths {
  readonly #dataFolder: string;
  readonly #order: DeadlyOrder;
  readonly #random: SeededRandom;
  readonly #house: House;
  #server: ParlourProcess | null = null;
  #port = 0;

  constructor(of: { dataFolder: string; order: DeadlyOrder; random: SeededRandom; house: House }) {
    this.#dataFolder = of.dataFolder;
    this.#order = of.order;
    this.#random = of.random;
    this.#house = of.house;
  }

  get server(): ParlourProcess {
    if (!this.#server) throw new Error('no server runs');
    return this.#server;
  }

  async start(): Promise<void> {
    const env = { ...this.#order.env, PARLOUR_LOG_LEVEL: 'warn' };
    this.#server = await ParlourProcess.start({ dataFolder: this.#dataFolder, port: this.#port, env });
    this.#port = this.#server.port;
  }

  /** Where one runs. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await (signal === 'SIGKILL' ? this.#server?.kill() : this.#server?.stop());
  }

  async after(msMax: number): Promise<string> {
    const afterMs = this.#random.between(0, msMax);
    await wait(afterMs);
    await this.server.kill();
    return `${afterMs} ms later`;
  }

  async at(event: 'onSent' | 'onAcknowledged'): Promise<string> {
    await this.#house.nextOf(event, this.#random.pick(this.#house.devices));
    return this.after(4);
  }

  /** The process kills itself: see deadly-points.ts. */
  async byItself(place: DeadlyPlace): Promise<string> {
    const count = this.#random.between(1, 20);
    this.#order.give(place, count);
    this.server.signal('SIGUSR2');
    await this.#diedWithin(place);
    return `of ${count} from then on`;
  }

  /** As soon as a file of the database is written. */
  async atWriteOf(file: 'log' | 'database'): Promise<string> {
    using _watch = this.#killAtWriteOf(file);
    await this.#diedWithin(`a write of the ${file}`);
    return 'as soon as it was seen';
  }

  async asClientsReturn(): Promise<string> {
    await this.server.kill();
    await this.start();
    await this.#house.online(1);
    return this.after(startMsMax);
  }

  /** Before it says that it listens. */
  async asItStarts(): Promise<string> {
    await this.server.kill();
    const starting = ParlourProcess.spawn({ dataFolder: this.#dataFolder, port: this.#port });
    const afterMs = this.#random.between(0, startMsMax);
    await wait(afterMs);
    starting.child.kill('SIGKILL');
    expectKilled(await starting.ended);
    return `${afterMs} ms after it began`;
  }

  /** Its write-ahead log was read again, and nothing else was done. */
  async asItOpensItsLog(): Promise<string> {
    await this.server.kill();
    this.#order.give('opened', 1);
    const starting = ParlourProcess.spawn({ dataFolder: this.#dataFolder, port: this.#port, env: this.#order.env });
    const ended = await Promise.race([starting.ended, wait(returnMs, 'late' as const, { ref: false })]);
    if (ended === 'late') starting.child.kill('SIGKILL');
    this.#order.takeBack();
    expectKilled(ended);
    return 'once it was read';
  }

  /** Told to end, and killed while it drains. */
  async atShutdown(): Promise<string> {
    let boundMs = drainMsMax;
    return this.#goingDown(async (server) => {
      const afterMs = this.#random.between(0, boundMs);
      // Sooner each time it was down already; at 0 it cannot be.
      boundMs = Math.ceil(boundMs / 2);
      await wait(afterMs);
      await server.kill();
      return `${afterMs} ms after SIGTERM`;
    });
  }

  /** Told to end, and killed when it copies its log into the database, which is the last that it does. */
  async atLastCopy(): Promise<string> {
    return this.#goingDown(async (server) => {
      using _watch = this.#killAtWriteOf('database');
      await server.ended;
      return 'as soon as the copy was seen';
    });
  }

  async #goingDown(kill: (server: ParlourProcess) => Promise<string>): Promise<string> {
    for (let tries = 1; tries <= triesMax; tries++) {
      const server = this.server;
      server.signal('SIGTERM');
      const how = await kill(server);
      if ((await server.ended) === null) return `${how}, at the ${tries}. time of ${triesMax}`;
      await this.start();
      await this.#house.online(1);
      await this.#house.nextOf('onAcknowledged', this.#random.pick(this.#house.devices));
    }
    throw new Error(`a server that goes down was down ${triesMax} times before it could be killed`);
  }

  #killAtWriteOf(file: 'log' | 'database'): Disposable {
    const { server } = this;
    const database = basename(dataFolderPaths.database(this.#dataFolder));
    const name = file === 'log' ? `${database}-wal` : database;
    const watcher = watch(this.#dataFolder, (event, changed) => {
      if (event === 'change' && changed === name) void server.kill();
    });
    return { [Symbol.dispose]: () => watcher.close() };
  }

  async #diedWithin(place: string): Promise<void> {
    let ended: number | null | undefined;
    void this.server.ended.then((code) => {
      ended = code;
    });
    try {
      await waitUntil(() => (ended === undefined ? `the server has not come to ${place}` : null), returnMs);
    } finally {
      this.#order.takeBack();
    }
    expectKilled(ended);
  }
}

function expectKilled(ended: number | null | undefined | 'late'): void {
  if (ended !== null) throw new Error(`the process was to be killed, and ended with ${ended}`);
}
