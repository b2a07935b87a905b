/** A handle that a name suggests, to be changed at will; empty where none comes of it. */
export function suggestHandle(name: string): string {
  const handle = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '.')
    .replace(/^\.+|\.+$/gu, '')
    .slice(0, 32)
    .replace(/\.+$/u, '');
  return handle.length < 3 ? '' : handle;
}
