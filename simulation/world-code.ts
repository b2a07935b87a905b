import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

/** All that a world runs: the simulator, and of the product what it drives. Paths from the root of the repository, sorted. */
export function worldFiles(): readonly string[] {
  const found = new Set([join(import.meta.dirname, 'simulation.ts')]);
  // A set hands out what is added while one goes through it.
  for (const file of found) {
    const resolve = createRequire(file).resolve;
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(/\bfrom '([^']+)'/g)) {
      const isOurs = imported.startsWith('.') || imported.startsWith('@parlour/');
      if (isOurs) found.add(resolve(imported));
    }
  }
  return [...found].map((file) => relative(root, file)).sort();
}

/** Names that code: runs under the same name are of the same worlds, and may be added up. */
export function worldCode(): string {
  const hash = createHash('sha256');
  for (const file of worldFiles()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}
