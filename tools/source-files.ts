import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

const notOurs = new Set(['node_modules', 'dist', '.cache']);

export const isTest = (path: string): boolean => /\.(test|contract)\.tsx?$/.test(path);

/** Our files that match one of these patterns, read. */
export function sourceFiles(...patterns: readonly string[]): SourceFile[] {
  const entries = globSync([...patterns], { cwd: root, withFileTypes: true, exclude: (entry) => notOurs.has(entry.name) });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The program without its comments, line by line where it was. A string that holds `//` after a space loses its tail, which no rule here minds. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/(^|\s)\/\/.*$/gm, '$1');
}
