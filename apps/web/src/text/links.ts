export type TextPiece = { readonly text: string } | { readonly text: string; readonly href: string };

const candidate = /\bhttps?:\/\/[^\s<>"\p{Cc}\p{Bidi_Control}]+/giu;
const candidateHere = new RegExp(candidate.source, 'iuy');
const trailing = new Set('.,;:!?\'"*_~`');
const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Cuts plain text into pieces, those that are links to http or https with the address they lead to. */
export function findLinks(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(candidate)) {
    const link = withoutTrailing(match[0]);
    const href = safeHref(link);
    if (href === undefined) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: link, href });
    from = match.index + link.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** The address that begins exactly at a place of a text, if one does. */
export function linkAt(text: string, index: number): { readonly text: string; readonly href: string } | undefined {
  candidateHere.lastIndex = index;
  const match = candidateHere.exec(text);
  if (match === null) return undefined;
  const link = withoutTrailing(match[0]);
  const href = safeHref(link);
  return href === undefined ? undefined : { text: link, href };
}

/** A sentence's own punctuation after an address is not part of it; a bracket is, where the address opened it. */
function withoutTrailing(link: string): string {
  const open: Record<string, number> = { '(': 0, '[': 0, '{': 0 };
  for (const character of link) {
    const opening = closing[character];
    if (opening !== undefined) open[opening] = (open[opening] ?? 0) - 1;
    else if (open[character] !== undefined) open[character] += 1;
  }
  let end = link.length;
  for (; end > 0; end -= 1) {
    const last = link.charAt(end - 1);
    const opening = closing[last];
    if (opening === undefined ? !trailing.has(last) : (open[opening] ?? 0) >= 0) break;
    if (opening !== undefined) open[opening] = (open[opening] ?? 0) + 1;
  }
  return link.slice(0, end);
}

/** The address as the browser reads it, where it leads to the web and carries no name or password; else undefined. */
export function safeHref(link: string): string | undefined {
  if (!/^https?:\/\//i.test(link) || /\p{Bidi_Control}/u.test(link) || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' ? url.href : undefined;
}
