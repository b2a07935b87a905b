import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const chunkSizesBytes = [65_536, 4_096, 1];
/** More room than this is taken by making the disk smaller, which costs no memory. */
const fillerSizeBytesMax = 1_048_576;
const shrinkTriesMax = 20;

/** A file system in memory that can be filled to its last byte. Needs a Linux user who may mount. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  readonly #sizeBytes: number;

  private constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.#sizeBytes = sizeBytes;
  }

  /** @returns why there can be none, where this user may not mount one */
  static async mount(sizeBytes: number): Promise<SmallDisk | string> {
    const path = await mkdtemp(join(tmpdir(), 'parlour-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0700`, 'tmpfs', path], { stdio: 'pipe' });
      return new SmallDisk(path, sizeBytes);
    } catch (error) {
      await rmdir(path);
      return `this user cannot mount a small disk: ${error instanceof Error ? error.message.trim() : error}`;
    }
  }

  /** Takes all the room that is left. */
  fill(): void {
    this.#shrink();
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
    this.#remount(`size=${this.#sizeBytes}`);
  }

  /** Nothing can be written any more. Only while no file is open for writing. */
  setReadOnly(isReadOnly: boolean): void {
    this.#remount(isReadOnly ? 'ro' : 'rw');
  }

  /** Whoever writes meanwhile may take the room that was to be taken away. */
  #shrink(): void {
    for (let tries = 1; ; tries++) {
      const { bsize, blocks, bfree } = statfsSync(this.path);
      if (bfree * bsize <= fillerSizeBytesMax) return;
      try {
        return this.#remount(`size=${(blocks - bfree) * bsize + fillerSizeBytesMax / 2}`);
      } catch (error) {
        if (tries >= shrinkTriesMax) throw error;
      }
    }
  }

  #remount(option: string): void {
    execFileSync('mount', ['-o', `remount,${option}`, this.path], { stdio: 'pipe' });
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
