import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutants, type Patch } from './mutants.ts';

const root = join(import.meta.dirname, '..');

/** Puts a defect into all that this thread loads from now on; so it must come before what it changes. */
export function loadWith(mutantName: string): void {
  const mutant = mutants.find(({ name }) => name === mutantName);
  if (!mutant) throw new TypeError(`there is no mutant called ${mutantName}`);
  const files = new Set(mutant.patches.map(({ file }) => join(root, file)));
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      if (!url.startsWith('file:')) return loaded;
      const file = fileURLToPath(url);
      return files.has(file) ? { ...loaded, source: patched(mutant, file, String(loaded.source)) } : loaded;
    },
  });
}

/** A production file as the defect makes it. */
export function patchedFile(mutant: Mutant, file: string): string {
  return patched(mutant, join(root, file), readFileSync(join(root, file), 'utf8'));
}

function patched({ name, patches }: Mutant, file: string, source: string): string {
  return patches.filter((patch) => join(root, patch.file) === file).reduce((text, patch) => put(name, patch, text), source);
}

/** A patch that does not fit any more would be a defect that is not there, and so one that nothing catches. */
function put(name: string, { file, find, put: replacement }: Patch, source: string): string {
  const pieces = source.split(find);
  if (pieces.length !== 2) throw new TypeError(`the mutant "${name}" does not fit ${file}: it finds its place ${pieces.length - 1} times`);
  return pieces.join(replacement);
}
