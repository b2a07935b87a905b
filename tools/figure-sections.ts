import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

type Row = readonly (string | number)[];

export const number = (value: number): string => Math.round(value).toLocaleString('en');

export const table = (head: readonly string[], rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

/** A page as it stands, with the figures of the last recorded runs between its marks. */
export function withFigures(path: string, sections: Readonly<Record<string, () => string>>): string {
  let page = readFileSync(join(root, path), 'utf8');
  for (const [name, present] of Object.entries(sections)) {
    const [begin, end] = [`<!-- figures of ${name} -->`, `<!-- end of ${name} -->`];
    const [from, until] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || until < from) throw new Error(`${path} has no place for the figures of ${name}`);
    page = `${page.slice(0, from)}${begin}\n\n${present()}\n\n${page.slice(until)}`;
  }
  return page;
}
