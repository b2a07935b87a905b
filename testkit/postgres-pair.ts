import { waitUntil } from './condition.ts';
import { CutLine } from './cut-line.ts';
import { PostgresServer, type PostgresServerOptions } from './postgres-server.ts';
import { SmallDisk } from './small-disk.ts';

/** Larger than what any run writes; it takes only what is written. */
const diskSizeBytes = 4 * 1_073_741_824;
const settings = {
  // A replica that was made, or cut off, for so long, is far behind, and has still what it needs to follow.
  wal_keep_size: '256MB',
  wal_retrieve_retry_interval: '200ms',
  // It ends where one of its processes did, and is started again from outside. PostgreSQL 18 that starts itself again, and whose recovery fails
  // on a full disk in that moment, may wait for that recovery for ever.
  restart_after_crash: 'off',
};
const followMs = 60_000;

type Half = { readonly server: PostgresServer; readonly disk: SmallDisk | null };

/** A PostgreSQL with a replica that follows it over a line, each with its data on a disk of its own; the replica can take its place. */
export class PostgresPair implements AsyncDisposable {
  /** Why no disk can be filled here; null where one can. */
  readonly whyNoDisk: string | null;
  #primary: Half;
  #replica: Half | null = null;
  readonly #line: CutLine;
  readonly #stack: AsyncDisposableStack;

  private constructor({ primary, line, stack }: { primary: Half; line: CutLine; stack: AsyncDisposableStack }, whyNoDisk: string | null) {
    this.whyNoDisk = whyNoDisk;
    this.#primary = primary;
    this.#line = line;
    this.#stack = stack;
  }

  static async start(): Promise<PostgresPair> {
    await using stack = new AsyncDisposableStack();
    const mounted = await mountDisk(stack);
    const whyNoDisk = typeof mounted === 'string' ? mounted : null;
    const disk = typeof mounted === 'string' ? null : mounted;
    const primary = { server: stack.use(await PostgresServer.start(optionsOn(disk))), disk };
    const line = stack.use(await CutLine.to(primary.server.port));
    const pair = new PostgresPair({ primary, line, stack: stack.move() }, whyNoDisk);
    await pair.makeReplica();
    return pair;
  }

  get primary(): PostgresServer {
    return this.#primary.server;
  }

  /** Of the primary, where it is full: something may have been removed since. */
  fillDisk(): void {
    this.#primary.disk?.fill();
  }

  makeRoom(): void {
    this.#primary.disk?.makeRoom();
  }

  /** Of the primary, which has none that follows it now. */
  async makeReplica(): Promise<void> {
    this.#line.heal();
    this.#line.pointTo(this.primary.port);
    const mounted = await mountDisk(this.#stack);
    const disk = typeof mounted === 'string' ? null : mounted;
    const server = this.#stack.use(await this.primary.makeReplica(this.#line.port, optionsOn(disk)));
    this.#replica = { server, disk };
    await this.#caughtUp();
  }

  /** From here on nothing is committed that the replica does not have too. */
  async commitTogether(): Promise<void> {
    await this.primary.ask(`alter system set synchronous_standby_names = '*'`);
    await this.primary.ask('select pg_reload_conf()');
    await this.#caughtUp(`and sync_state = 'sync'`);
    // Commits wait once its process for checkpoints has read the settings, as it has before it makes one.
    await this.primary.ask('checkpoint');
    await this.#caughtUp();
  }

  /** From here on the replica hears nothing of what is committed. */
  cutReplica(): void {
    this.#line.suffer({ what: 'cut' });
  }

  /** The primary was killed, and the replica takes its place. @returns the one whose place it took, with what it had written */
  async promote(): Promise<PostgresServer> {
    const { server } = this.#following;
    await server.ask('select pg_promote()');
    await waitUntil(async () => {
      const asked = await server.ask<{ inRecovery: boolean }>('select pg_is_in_recovery() as "inRecovery"');
      return asked?.inRecovery === false ? null : 'the replica takes no writes yet';
    }, followMs);
    const former = this.#primary;
    this.#primary = this.#following;
    this.#replica = null;
    return former.server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.makeRoom();
    await this.#stack.disposeAsync();
  }

  get #following(): Half {
    if (this.#replica === null) throw new Error('there is no replica');
    return this.#replica;
  }

  /** The replica follows, and has what was written by the time of the question. */
  async #caughtUp(and = ''): Promise<void> {
    const [{ lsn } = { lsn: '' }] = [await this.primary.ask<{ lsn: string }>('select pg_current_wal_flush_lsn() as lsn')];
    await waitUntil(async () => {
      const found = await this.primary.ask<{ count: number }>(
        `select count(*)::int as count from pg_stat_replication where state = 'streaming' and flush_lsn >= '${lsn}' ${and}`,
      );
      return found?.count === 1 ? null : `the replica has not come to ${lsn}`;
    }, followMs);
  }
}

function optionsOn(disk: SmallDisk | null): PostgresServerOptions {
  return { durable: true, settings, ...(disk && { disk: disk.path }) };
}

async function mountDisk(stack: AsyncDisposableStack): Promise<SmallDisk | string> {
  const disk = await SmallDisk.mount(diskSizeBytes);
  return typeof disk === 'string' ? disk : stack.use(disk);
}
