/** Where an answer to the page's requests comes from: the page itself, a file of the program, or the server. */
export type Source = 'page' | 'file' | 'server';

/** What the server answers itself, whoever asks: never kept, never answered from here. */
const serversOwn = /^\/(?:v1|docs|metrics|healthz|readyz)(?:\/|$)/;
/** Named by its content, so that one of an earlier program is never a wrong one. */
const hashed = /^\/assets\//;

/**
 * Any navigation that is not the server's own is an address of the page.
 * @param files paths of the program, as the build lists them
 */
export function sourceOf(
  { path, isNavigation }: { readonly path: string; readonly isNavigation: boolean },
  files: ReadonlySet<string>,
): Source {
  if (serversOwn.test(path)) return 'server';
  if (isNavigation) return 'page';
  return files.has(path) || hashed.test(path) ? 'file' : 'server';
}

/** How many programs may come while a page stays open that loads a part of its own only then. */
const formerKept = 3;

/** The caches to forget: all of ours but this program's and those of a few before it, as open pages may still run one of them. */
export function outdatedCaches(names: readonly string[], current: string): string[] {
  const ours = names.filter((name) => name.startsWith('program ') && name !== current);
  return ours.slice(0, -formerKept);
}
