/** The last character that Unicode sets aside for private use; it stands for itself where it is followed by a 1. */
const mark = '\u{10fffd}';
const marked = new RegExp(`${mark}([01])`, 'gu');
const either = new RegExp(`\0|${mark}`, 'gu');

/** PostgreSQL has no character 0 in its texts, and we have: it is written as the mark and a 0. */
export function keptOf(text: string): string {
  if (!text.includes('\0') && !text.includes(mark)) return text;
  return text.replace(either, (found) => (found === mark ? `${mark}1` : `${mark}0`));
}

/** The text that was kept so. */
export function textOfKept(kept: string): string {
  if (!kept.includes(mark)) return kept;
  return kept.replace(marked, (_, digit: string) => (digit === '1' ? mark : '\0'));
}
