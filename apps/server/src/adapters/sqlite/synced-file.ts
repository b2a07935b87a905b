import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Written beside, synced and renamed, so that a crash leaves a whole file, for this user alone, or none. */
export function writeWhole(file: string, content: string): void {
  const beside = `${file}.new`;
  const handle = openSync(beside, 'w', 0o600);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, file);
  syncFolder(dirname(file));
}

/** What was written to it outlives the power. */
export function syncFile(file: string): void {
  sync(file, 'r+');
}

/** What was made, renamed or deleted in it outlives the power. */
export function syncFolder(folder: string): void {
  sync(folder, 'r');
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
