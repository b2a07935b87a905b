import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeWhole } from './synced-file.ts';

const keySizeBytes = 32;
/** Long enough for someone who only looks at the lock to be gone again. */
const lockWaitMs = 250;
const sqliteBusy = 5;

/** Where everything lies in a data folder. */
export const dataFolderPaths = {
  database: (folder: string): string => join(folder, 'parlour.db'),
  lock: (folder: string): string => join(folder, 'lock.db'),
  secrets: (folder: string): string => join(folder, 'secrets'),
  accessTokenKey: (folder: string): string => join(folder, 'secrets', 'access-token.key'),
  /** There where the database lives on elsewhere; says where. */
  movedTo: (folder: string): string => join(folder, 'moved-to'),
} as const;

/** Another process of Parlour works on the folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';

  constructor(folder: string) {
    super(
      `cannot use ${folder}: another Parlour is using this folder (a server, an import or a command on people); end that first, or name another folder in PARLOUR_DATA`,
    );
  }
}

/** The folder cannot hold anything: it is not there and cannot be made, or it cannot be written. */
export class DataFolderUnusable extends Error {
  override readonly name = 'DataFolderUnusable';

  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`cannot use ${folder}: ${reason}; make it a folder that this user may write, or name another in PARLOUR_DATA`, { cause });
  }
}

/** What is in the folder was moved to another store, where it has gone on since. */
export class DataFolderMoved extends Error {
  override readonly name = 'DataFolderMoved';

  constructor(folder: string, place: string) {
    super(
      `cannot use the database in ${folder}: it was moved to ${place}; name that with PARLOUR_STORE and PARLOUR_POSTGRES_URL, or delete ${dataFolderPaths.movedTo(folder)} to go on with what was there before the move`,
    );
  }
}

/** A data folder that is this process's alone until it is disposed of, or the process ends, however it ends. */
export type DataFolder = Disposable & {
  readonly path: string;
  /** @throws DataFolderMoved */
  readonly databaseFile: string;
  /** What access tokens are signed with. */
  readonly accessTokenKey: Buffer;
};

/**
 * Makes the folder (0700) and its secrets (0600) where they are not there yet.
 * @throws DataFolderInUse, DataFolderUnusable
 */
export function openDataFolder(path: string): DataFolder {
  makeFolder(path);
  const lock = takeLock(path);
  try {
    const accessTokenKey = loadKey(path);
    return {
      path,
      get databaseFile() {
        requireNotMoved(path);
        return dataFolderPaths.database(path);
      },
      accessTokenKey,
      [Symbol.dispose]: () => lock.close(),
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Looks without taking: whoever starts at this moment is not refused because of it. */
export function isDataFolderInUse(path: string): boolean {
  let probe: DatabaseSync | null = null;
  try {
    probe = new DatabaseSync(dataFolderPaths.lock(path), { readOnly: true, timeout: 0 });
    probe.prepare('select count(*) from sqlite_schema').get();
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    probe?.close();
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // SQLite opens what it may not write for reading, and would lock nothing.
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataFolderUnusable(path, error);
  }
}

/** The lock is one of the operating system on an open file: a process that is killed lets go of it, so no stale lock can remain. */
function takeLock(path: string): DatabaseSync {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(dataFolderPaths.lock(path), { timeout: lockWaitMs });
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock?.close();
    throw isBusy(error) ? new DataFolderInUse(path) : new DataFolderUnusable(path, error);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function loadKey(path: string): Buffer {
  const file = dataFolderPaths.accessTokenKey(path);
  const key = readKey(file) ?? makeKey(path, file);
  if (key.length !== keySizeBytes) {
    throw new DataFolderUnusable(
      path,
      new Error(`${file} does not hold a key; bring it back from a backup, or delete it: then everyone logs in anew`),
    );
  }
  return key;
}

function readKey(file: string): Buffer | null {
  try {
    return Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new DataFolderUnusable(file, error);
  }
}

function makeKey(path: string, file: string): Buffer {
  const key = randomBytes(keySizeBytes);
  try {
    mkdirSync(dataFolderPaths.secrets(path), { recursive: true, mode: 0o700 });
    writeWhole(file, `${key.toString('base64url')}\n`);
    return key;
  } catch (error) {
    throw new DataFolderUnusable(path, error);
  }
}

/** Where there are none yet; a server that is restored knows the access tokens that it had given. */
export function copySecrets(from: string, to: string): void {
  const [source, target] = [dataFolderPaths.accessTokenKey(from), dataFolderPaths.accessTokenKey(to)];
  if (!existsSync(source) || existsSync(target)) return;
  try {
    mkdirSync(dataFolderPaths.secrets(to), { recursive: true, mode: 0o700 });
    writeWhole(target, readFileSync(source, 'utf8'));
  } catch (error) {
    throw new DataFolderUnusable(to, error);
  }
}

/** Where the database went; null where it is here. */
export function movedToOf(path: string): string | null {
  try {
    return readFileSync(dataFolderPaths.movedTo(path), 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new DataFolderUnusable(path, error);
  }
}

/** From now on the database in the folder is refused. */
export function noteMoved(path: string, place: string): void {
  try {
    writeWhole(dataFolderPaths.movedTo(path), `${place}\n`);
  } catch (error) {
    throw new DataFolderUnusable(path, error);
  }
}

function requireNotMoved(path: string): void {
  const place = movedToOf(path);
  if (place !== null) throw new DataFolderMoved(path, place);
}
