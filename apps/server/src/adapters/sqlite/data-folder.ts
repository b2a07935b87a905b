import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

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

/** A data folder that is this process's alone until it is disposed of, or the process ends, however it ends. */
export type DataFolder = Disposable & {
  readonly path: string;
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
    return { path, databaseFile: dataFolderPaths.database(path), accessTokenKey, [Symbol.dispose]: () => lock.close() };
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

/** Written beside, synced and renamed, so that a crash leaves a whole key or none. */
function makeKey(path: string, file: string): Buffer {
  const key = randomBytes(keySizeBytes);
  try {
    mkdirSync(dataFolderPaths.secrets(path), { recursive: true, mode: 0o700 });
    const beside = `${file}.new`;
    const handle = openSync(beside, 'w', 0o600);
    try {
      writeSync(handle, `${key.toString('base64url')}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, file);
    syncFolder(dataFolderPaths.secrets(path));
    return key;
  } catch (error) {
    throw new DataFolderUnusable(path, error);
  }
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
