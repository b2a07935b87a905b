import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

type Wanted = {
  /** A path that was set on purpose: then nothing else is looked for. */
  readonly named: string | undefined;
  readonly names: readonly string[];
  readonly macPath: string;
  readonly path: string | undefined;
};

/** The first of these programs that this machine has. */
export function browserPath({ named, names, macPath, path }: Wanted): string | undefined {
  if (named) return isExecutable(named) ? named : undefined;
  const folders = [...(path ?? '').split(delimiter), '/usr/bin'];
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), macPath].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
