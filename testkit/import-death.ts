import { join } from 'node:path';
import type { SeededRandom } from '../simulation/seeded-random.ts';
import { runParlour } from '../tests/parlour-command.ts';
import { TemporaryFolder } from '../tests/parlour-process.ts';
import { DeadlyOrder } from './deadly-order.ts';
import { DurableLog } from './durable-log.ts';
import { contentOf, history } from './import-history.ts';

const lineCount = 3_000;
/** One for each 256 lines. */
const commitCount = Math.floor(lineCount / 256);
const diesAtMost = 3;
const importArgs = ['import', 'jsonl', '-', '--source', 'history', '--json'];

/**
 * An import is killed up to three times, each time before or after one of its commits, and then runs through: what is there then must be what
 * one has made that nobody disturbed.
 */
export class ImportDeath {
  readonly faults: string[] = [];
  readonly #input = history(lineCount).join('\n');
  #whole: string | null = null;

  /** @returns what was done, in words */
  async happen(random: SeededRandom): Promise<string> {
    this.#whole ??= await this.#importWhole();
    await using folder = await TemporaryFolder.make();
    const dataFolder = join(folder.path, 'data');
    const order = new DeadlyOrder(folder.path);
    const places: string[] = [];
    for (let dies = random.between(1, diesAtMost + 1); dies > 0; dies--) {
      const place = random.chance(0.5) ? 'before commit' : 'after commit';
      // What is there already is not committed again: later runs have fewer commits.
      const count = random.between(1, Math.max(1, Math.floor(commitCount / (places.length + 1) ** 2)));
      order.give(place, count);
      const end = await runParlour(importArgs, { dataFolder, env: order.env, input: this.#input });
      if (end.signal === 'SIGKILL') places.push(`${place} ${count}`);
      else if (end.code !== 0) this.faults.push(`an import ended with ${end.code}: ${end.stderr}`);
    }
    if (places.length === 0) this.faults.push('an import came to none of the commits at which it was to die');
    const again = await runParlour(importArgs, { dataFolder, input: this.#input });
    if (again.code !== 0) this.faults.push(`the import after a killed one ended with ${again.code}: ${again.stderr}`);
    else if (JSON.stringify(contentOf(dataFolder)) !== this.#whole)
      this.faults.push('a killed import run again is not one that ran through');
    const log = new DurableLog();
    await log.read(dataFolder);
    this.faults.push(...log.faults.map((fault) => `after a killed import, ${fault}`));
    return `${places.join(', ')} of an import of ${lineCount} lines`;
  }

  async #importWhole(): Promise<string> {
    await using folder = await TemporaryFolder.make();
    const end = await runParlour(importArgs, { dataFolder: folder.path, input: this.#input });
    if (end.code !== 0) throw new Error(`an import that nobody disturbed ended with ${end.code}: ${end.stderr}`);
    return JSON.stringify(contentOf(folder.path));
  }
}
