/** As many as fit into one row of the picker. */
export const recentMax = 8;

/** The list with one more used: newest first, each once. */
export function withRecent(recent: readonly string[], used: string): string[] {
  return [used, ...recent.filter((emoji) => emoji !== used)].slice(0, recentMax);
}

/** What was remembered, as far as it is such a list. */
export function parseRecent(remembered: unknown): string[] {
  if (!Array.isArray(remembered)) return [];
  return remembered.filter((emoji): emoji is string => typeof emoji === 'string' && emoji.length <= 40).slice(0, recentMax);
}
