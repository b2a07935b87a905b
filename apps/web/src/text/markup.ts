import { findLinks } from './links.ts';

/** What a text is made of once its marks are read: never markup of the page's own, only what can be built of elements. */
export type Span =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'strike'; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly href: string; readonly spans: readonly Span[] };

/** `gap`: how many empty lines were written before it. */
export type Block = { readonly gap: number } & (
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly text: string; readonly language: string | null }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  /** `start`: the first number; null where the items have none. */
  | { readonly kind: 'list'; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
);

export type ParseMarkup = (text: string) => readonly Block[];

/** Anything that a mark is made of; a text without one is shown as it stands. */
const mark = /[*_~`\\[]|^[ \t]*(?:>|[-+](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$))/m;

export function hasMarks(text: string): boolean {
  return mark.test(text);
}

/** A text as it stands: its lines, and its addresses as links. */
export const parsePlain: ParseMarkup = (text) => [{ kind: 'paragraph', gap: 0, spans: plainSpans(text) }];

/** Pieces of one text beyond which its addresses are not made links. */
const piecesMax = 1_000;

function plainSpans(text: string): Span[] {
  const pieces = findLinks(text);
  if (pieces.length > piecesMax) return [{ kind: 'text', text }];
  return pieces.map((piece) =>
    'href' in piece ? { kind: 'link', href: piece.href, spans: [{ kind: 'text', text: piece.text }] } : { kind: 'text', text: piece.text },
  );
}

/** The words alone, for where there is one line of room. */
export function plainText(blocks: readonly Block[]): string {
  return blocks.map(textOfBlock).join('\n');
}

function textOfBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return textOfSpans(block.spans);
    case 'code':
      return block.text;
    case 'quote':
      return plainText(block.blocks);
    case 'list':
      return block.items.map(plainText).join('\n');
  }
}

export function textOfSpans(spans: readonly Span[]): string {
  return spans.map((span) => ('spans' in span ? textOfSpans(span.spans) : span.text)).join('');
}
