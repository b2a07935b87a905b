import { StorageFailure } from '@parlour/core/errors';
import { type PostgresConnection, PostgresDatabase, type PostgresOptions } from './postgres-database.ts';
import { PostgresUnusable } from './postgres-unusable.ts';

/** Any number that no other program takes for its own lock in the same database. */
export const servingLock = '7235118204963106';

/** `alone`: this server hears of no other, so there may be none. `together`: of all others, so they must be heard, too. */
export type Company = 'alone' | 'together';

export type ServingLockOptions = Pick<PostgresOptions, 'url' | 'connectTimeoutMs' | 'reportFault'> & { readonly company: Company };

/** So often we ask whether the connection is there; an answer that takes longer than the second means that it is not. */
const askEveryMs = 3_000;
const answerMs = { statementTimeoutMs: 2_000, answerGraceMs: 3_000 } as const;
/**
 * A client whose machine is gone is given up by PostgreSQL after so many seconds, in place of two hours. Longer than we need to find out the same,
 * so that we know that we may have lost the lock before anybody else can have it.
 */
const clientLostAfterS = { idle: 5, interval: 5, count: 3 } as const;
/** Whoever was killed a moment ago has left by then. */
const patienceMs = 2_000;
const tryEveryMs = 100;
const reconnectAfterMs = 500;

const tryTexts: Readonly<Record<Company, string>> = { alone: 'pg_try_advisory_lock', together: 'pg_try_advisory_lock_shared' };

const problems: Readonly<Record<Company, string>> = {
  alone: 'another server uses it, and this one would not hear of it; end that one, or give each PARLOUR_BUS=nats',
  together: 'another server uses it with PARLOUR_BUS=memory, and would not hear of this one; end that one, or give it PARLOUR_BUS=nats',
};

/** A connection, as no other will be called. */
type Session = { readonly pid: number; readonly startedAt: string };

/**
 * What a server holds in its database for as long as it serves, by a connection of its own: the database itself then knows who uses it, whatever
 * became of anybody. Where the connection is lost so is the lock, and nothing is asked of the database until it is held again.
 */
export class ServingLock implements AsyncDisposable {
  /** Resolves where another took the place of this server, so that it can serve no more. */
  readonly whenTaken: Promise<PostgresUnusable>;
  readonly #database: PostgresDatabase;
  readonly #options: ServingLockOptions;
  readonly #retakenListeners: (() => void)[] = [];
  readonly #taken = Promise.withResolvers<PostgresUnusable>();
  #problem: PostgresUnusable | null = null;
  #held: PostgresConnection | null = null;
  #former: Session | null = null;
  #taking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(database: PostgresDatabase, options: ServingLockOptions) {
    this.#database = database;
    this.#options = options;
    this.whenTaken = this.#taken.promise;
    database.onLost(() => this.#lost());
  }

  /** @throws PostgresUnusable where another is there, StorageFailure */
  static async take(options: ServingLockOptions): Promise<ServingLock> {
    const { url, connectTimeoutMs, reportFault } = options;
    const wanted = { url, connectTimeoutMs, reportFault, ...answerMs, poolSizeMax: 1, schema: 'ignore' } as const;
    const lock = new ServingLock(await PostgresDatabase.open(wanted), options);
    try {
      await lock.hold();
      return lock;
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw lock.#problem ?? error;
    }
  }

  get isHeld(): boolean {
    return this.#held !== null && !this.#held.isBroken;
  }

  /** Others may have written while it was lost. */
  onRetaken(listener: () => void): void {
    this.#retakenListeners.push(listener);
  }

  /** Once it is held; all who wait for it wait for the same. @throws StorageFailure */
  async hold(): Promise<void> {
    if (this.isHeld) return;
    if (this.#problem) throw new StorageFailure(this.#problem.message, { outcome: 'not_applied', retryAfterMs: reconnectAfterMs });
    this.#taking ??= this.#take().finally(() => {
      this.#taking = null;
    });
    await this.#taking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#taking?.catch(() => {});
    this.#held?.release();
    this.#held = null;
    await this.#database[Symbol.asyncDispose]();
  }

  async #take(): Promise<void> {
    const isAgain = this.#former !== null;
    const connection = await this.#database.acquire();
    try {
      await this.#tryOn(connection);
    } catch (error) {
      connection.release();
      throw error;
    }
    this.#held = connection;
    this.#look();
    if (isAgain) for (const listener of this.#retakenListeners) listener();
  }

  async #tryOn(connection: PostgresConnection): Promise<void> {
    await connection.run(noticeLostClient, 'read');
    // One that is cut off from us, and not known to be lost over there, would keep us out.
    if (this.#former) await connection.run({ text: endText, values: [this.#former.pid, this.#former.startedAt] }, 'read');
    const text = `select ${tryTexts[this.#options.company]}(${servingLock}) as taken, pg_backend_pid() as pid,
      (select backend_start::text from pg_stat_activity where pid = pg_backend_pid()) as "startedAt"`;
    for (const endMs = performance.now() + patienceMs; ; ) {
      const { rows } = await connection.run<Session & { readonly taken: boolean }>({ text, values: [] }, 'read');
      if (rows[0]?.taken) {
        this.#former = rows[0];
        return;
      }
      if (performance.now() > endMs) break;
      await new Promise((resolve) => setTimeout(resolve, tryEveryMs));
    }
    this.#problem = new PostgresUnusable(this.#database.place, problems[this.#options.company]);
    this.#taken.resolve(this.#problem);
    throw new StorageFailure(this.#problem.message, { outcome: 'not_applied', retryAfterMs: reconnectAfterMs });
  }

  /** A cut says nothing by itself. What the answer is, or that there is none, the connection remembers. */
  #look(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      await this.#held?.run({ text: 'select 1', values: [] }, 'read').catch(() => {});
      if (this.isHeld) this.#look();
      else this.#lost();
    }, askEveryMs);
  }

  #lost(): void {
    if (!this.#held || this.#isClosed) return;
    this.#held.release();
    this.#held = null;
    this.#options.reportFault(
      new Error('the connection that shows that this server serves is lost; nobody is served until there is another'),
    );
    this.#holdAgain();
  }

  #holdAgain(): void {
    this.hold().catch(() => {
      if (this.#isClosed || this.#problem) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#holdAgain(), reconnectAfterMs);
    });
  }
}

const noticeLostClient = {
  text: `select set_config('tcp_keepalives_idle', $1, false), set_config('tcp_keepalives_interval', $2, false),
    set_config('tcp_keepalives_count', $3, false), set_config('tcp_user_timeout', $4, false)`,
  values: [
    ...Object.values(clientLostAfterS).map(String),
    String((clientLostAfterS.idle + clientLostAfterS.interval * clientLostAfterS.count) * 1_000),
  ],
};

const endText = 'select pg_terminate_backend(pid) from pg_stat_activity where pid = $1::int and backend_start = $2::timestamptz';
