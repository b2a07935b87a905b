import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const chunkSizesBytes = [65_536, 4_096, 1];

/** A file system of a few megabytes, in memory, that can be filled to its last byte. Needs a Linux user who may mount. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @returns why there can be none, where this user may not mount one */
  static async mount(sizeBytes: number): Promise<SmallDisk | string> {
    const path = await mkdtemp(join(tmpdir(), 'parlour-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0700`, 'tmpfs', path], { stdio: 'pipe' });
      return new SmallDisk(path);
    } catch (error) {
      await rmdir(path);
      return `this user cannot mount a small disk: ${error instanceof Error ? error.message.trim() : error}`;
    }
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.#filler, 'a', 0o600);
    try {
      for (const sizeBytes of chunkSizesBytes) while (takesMore(file, sizeBytes));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }

  /** Nothing can be written any more. Only while no file is open for writing. */
  setReadOnly(isReadOnly: boolean): void {
    execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.path], { stdio: 'pipe' });
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync('umount', [this.path], { stdio: 'pipe' });
    await rmdir(this.path);
  }
}

function takesMore(file: number, sizeBytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(sizeBytes)) > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
