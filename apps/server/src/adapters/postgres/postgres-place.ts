/** Where it is, in words that give no secret away. */
export function postgresPlace(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'PostgreSQL' : `PostgreSQL at ${parsed.host || 'its socket'}${parsed.pathname}`;
}
