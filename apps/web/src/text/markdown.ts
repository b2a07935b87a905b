import markdownIt, { type Token } from 'markdown-it';
import { findLinks, safeHref } from './links.ts';
import { type Block, hasMarks, type ParseMarkup, parsePlain, type Span, textOfSpans } from './markup.ts';
import { installMarkupRules } from './markup-rules.ts';

/** Elements of one message, and elements within each other; a text that would take more is shown as it stands. */
const piecesMax = 1_500;
const depthMax = 24;

const parser = markdownIt('zero', { maxNesting: 100 });
installMarkupRules(parser);
parser.normalizeLink = (address) => address;
parser.validateLink = (address) => safeHref(address) !== undefined;

/** Reads the marks that people make in plain text. No text is lost: what is not a mark is shown. */
export const parseMarkup: ParseMarkup = (text) => {
  if (!hasMarks(text)) return parsePlain(text);
  const tokens = parser.parse(text, {});
  return new TreeBuilder().build(tokens) ?? parsePlain(text);
};

type Open = { readonly token: Token; readonly blocks: Block[]; readonly items: Block[][] };

/** Makes a tree of the parser's tokens, which say where each element opens and where it closes. */
class TreeBuilder {
  #pieces = 0;

  /** @returns null where the text has more elements than are shown */
  build(tokens: readonly Token[]): readonly Block[] | null {
    const root: Block[] = [];
    const open: Open[] = [];
    /** The last line of the block before, in the lines that the parser counts in. */
    const lastLines: number[] = [0];
    for (const token of tokens) {
      const blocks = open.at(-1)?.blocks ?? root;
      if (token.type === 'inline') {
        const spans = this.#spans(token.children ?? []);
        if (spans === null) return null;
        blocks.push({ kind: 'paragraph', gap: gapBefore(token, lastLines), spans });
      } else if (token.type === 'fence') {
        blocks.push({ kind: 'code', gap: gapBefore(token, lastLines), text: token.content, language: token.info || null });
      } else if (token.type === 'list_item_open') {
        const list = open.at(-1);
        const item: Block[] = [];
        list?.items.push(item);
        open.push({ token, blocks: item, items: [] });
        lastLines.push(token.map?.[0] ?? 0);
      } else if (token.type === 'list_item_close') {
        open.pop();
        lastLines.pop();
      } else if (token.nesting === 1 && token.type !== 'paragraph_open') {
        open.push({ token, blocks: [], items: [] });
        lastLines.push(0);
      } else if (token.nesting === -1 && token.type !== 'paragraph_close') {
        const closed = open.pop();
        lastLines.pop();
        const parent = open.at(-1)?.blocks ?? root;
        if (closed !== undefined) parent.push(containerOf(closed, gapBefore(closed.token, lastLines)));
      }
      this.#pieces += 1;
      if (this.#pieces > piecesMax || open.length > depthMax) return null;
    }
    return root;
  }

  #spans(tokens: readonly Token[]): Span[] | null {
    const root: Span[] = [];
    const open: { readonly token: Token; readonly spans: Span[] }[] = [];
    for (const token of tokens) {
      const spans = open.at(-1)?.spans ?? root;
      if (token.nesting === 1) {
        open.push({ token, spans: [] });
      } else if (token.nesting === -1) {
        const closed = open.pop();
        if (closed !== undefined) (open.at(-1)?.spans ?? root).push(...spanOf(closed));
      } else if (token.type === 'code_inline') {
        spans.push({ kind: 'code', text: token.content });
      } else if (token.content !== '') {
        spans.push({ kind: 'text', text: token.content });
      }
      this.#pieces += 1;
      if (this.#pieces > piecesMax || open.length > depthMax) return null;
    }
    return root;
  }
}

function gapBefore({ map }: Token, lastLines: number[]): number {
  const [fromLine, untilLine] = map ?? [0, 0];
  const gap = Math.max(0, fromLine - (lastLines.at(-1) ?? 0));
  lastLines[lastLines.length - 1] = untilLine;
  return gap;
}

function containerOf({ token, blocks, items }: Open, gap: number): Block {
  if (token.type === 'blockquote_open') return { kind: 'quote', gap, blocks };
  return { kind: 'list', gap, start: token.type === 'ordered_list_open' ? Number(token.attrGet('start') ?? 1) : null, items };
}

const kinds = { strong_open: 'strong', em_open: 'emphasis', s_open: 'strike' } as const;

function spanOf({ token, spans }: { readonly token: Token; readonly spans: readonly Span[] }): Span[] {
  if (token.type !== 'link_open') return [{ kind: kinds[token.type as keyof typeof kinds], spans }];
  const href = safeHref(String(token.attrGet('href')));
  if (href === undefined) return [...spans];
  // Words that are an address themselves must not lead elsewhere: then both are shown, each for what it is.
  const isElsewhere = findLinks(textOfSpans(spans)).some((piece) => 'href' in piece && piece.href !== href);
  const link = { kind: 'link', href } as const;
  return isElsewhere
    ? [...spans, { kind: 'text', text: ' (' }, { ...link, spans: [{ kind: 'text', text: href }] }, { kind: 'text', text: ')' }]
    : [{ ...link, spans }];
}
