import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export type DeadlyPlace = 'before commit' | 'after commit' | 'schema' | 'opened';

/** What a process that is started with this environment is told of where to die: see deadly-points.ts. */
export class DeadlyOrder {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'crash-order');
  }

  get env(): { readonly NODE_OPTIONS: string; readonly CRASH_ORDER: string } {
    return {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(join(import.meta.dirname, 'deadly-points.ts'))}`,
      CRASH_ORDER: this.#file,
    };
  }

  /** For a process that starts from now on, or that is signalled. */
  give(place: DeadlyPlace, count: number): void {
    writeFileSync(this.#file, `${place} ${count}`);
  }

  takeBack(): void {
    rmSync(this.#file, { force: true });
  }
}
