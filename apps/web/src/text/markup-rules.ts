import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';
import { linkAt } from './links.ts';

/** Quotes within quotes, and lists within lists, that are shown as such; what is deeper is text. */
const nestingMax = 6;
const fenceLine = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[ \t]*$/;
/** An arm that nobody means as a mark: ¯\_(ツ)_/¯. */
const shrug = '\\_(ツ)_/';
const asciiWord = /[A-Za-z0-9]/;
const escapable = /[\\`*_~[\]()>#+.!|{}-]/;

/** Where the library reads marks as documents do, and not as people write to each other, these rules stand in place of its own. */
export function installMarkupRules(parser: MarkdownIt): void {
  parser.block.ruler.enableOnly(['list']);
  const [list] = parser.block.ruler.getRules('');
  if (list === undefined) throw new Error('the parser has no rule for lists');
  parser.block.ruler.at('fence', fence, { alt: ['paragraph', 'list'] });
  parser.block.ruler.at('blockquote', quote, { alt: ['paragraph', 'list'] });
  parser.block.ruler.at('list', (state, ...lines) => listWithin(state, () => list(state, ...lines)), { alt: ['paragraph'] });
  parser.block.ruler.before('paragraph', 'outdent', outdent, { alt: ['paragraph'] });
  parser.block.ruler.enableOnly(['fence', 'blockquote', 'list', 'outdent', 'paragraph']);

  parser.inline.ruler.at('newline', newline);
  parser.inline.ruler.at('escape', escaped);
  parser.inline.ruler.at('backticks', code);
  parser.inline.ruler.before('text', 'address', address);
  parser.inline.ruler.before('emphasis', 'times', times);
  parser.inline.ruler.enableOnly(['address', 'text', 'newline', 'escape', 'backticks', 'strikethrough', 'times', 'emphasis', 'link']);
  parser.inline.ruler2.enableOnly(['balance_pairs', 'strikethrough', 'emphasis', 'fragments_join']);
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
}

function isFarIn(state: StateBlock, line: number): boolean {
  return (state.sCount[line] ?? 0) - state.blkIndent >= 4;
}

/** What is written below a list, without the indent of its items, does not belong to its last one. */
function outdent(state: StateBlock, line: number, _endLine: number, silent: boolean): boolean {
  return silent && (state.sCount[line] ?? 0) < state.blkIndent;
}

/** Fences that were looked for and not found: what is looked for again in the same lines is not there either. */
const unclosed = new WeakMap<StateBlock, Set<string>>();

/** A fence that nobody closed is text: a message ends before it would be of use to take all of its rest for code. */
function fence(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (isFarIn(state, startLine)) return false;
  const [, fenceMark, language] = fenceLine.exec(lineOf(state, startLine)) ?? [];
  if (fenceMark === undefined) return false;
  const closingLine = findClosingFence(state, { fenceMark, fromLine: startLine + 1, endLine });
  if (closingLine === -1) return false;
  if (silent) return true;
  const token = state.push('fence', 'code', 0);
  token.info = language ?? '';
  token.content = state.getLines(startLine + 1, closingLine, state.sCount[startLine] ?? 0, false);
  token.map = [startLine, closingLine + 1];
  state.line = closingLine + 1;
  return true;
}

function findClosingFence(state: StateBlock, { fenceMark, fromLine, endLine }: { fenceMark: string; fromLine: number; endLine: number }) {
  const missing = unclosed.get(state) ?? new Set();
  unclosed.set(state, missing);
  const key = `${fenceMark} ${endLine} ${state.blkIndent}`;
  if (missing.has(key)) return -1;
  for (let line = fromLine; line < endLine; line += 1) {
    if (!state.isEmpty(line) && (state.sCount[line] ?? 0) < state.blkIndent) break;
    const text = lineOf(state, line).trimEnd();
    if (text.startsWith(fenceMark) && text === fenceMark.charAt(0).repeat(text.length)) return line;
  }
  missing.add(key);
  return -1;
}

/** The library counts the empty lines below a list as the list's own. */
function listWithin(state: StateBlock, list: () => boolean): boolean {
  if (state.level >= 2 * nestingMax) return false;
  const from = state.tokens.length;
  if (!list()) return false;
  const map = state.tokens[from]?.map;
  while (map && map[1] > map[0] && state.isEmpty(map[1] - 1)) map[1] -= 1;
  return true;
}

function isQuoted(state: StateBlock, line: number): boolean {
  return (
    !isFarIn(state, line) &&
    (state.sCount[line] ?? 0) >= state.blkIndent &&
    state.src.charAt((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0)) === '>'
  );
}

/** Each line of a quote has its own mark: what is written below it without one is an answer to it. */
function quote(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const depth = typeof state.env.depth === 'number' ? state.env.depth : 0;
  if (depth >= nestingMax || !isQuoted(state, startLine)) return false;
  if (silent) return true;
  const lines: string[] = [];
  let line = startLine;
  for (; line < endLine && isQuoted(state, line); line += 1) lines.push(lineOf(state, line).replace(/^> ?/, ''));
  const open = state.push('blockquote_open', 'blockquote', 1);
  open.map = [startLine, line];
  state.env.depth = depth + 1;
  state.md.block.parse(lines.join('\n'), state.md, state.env, state.tokens);
  state.env.depth = depth;
  state.push('blockquote_close', 'blockquote', -1);
  state.line = line;
  return true;
}

/** A line ends where it was ended, and the next one keeps its indent. */
function newline(state: StateInline, silent: boolean): boolean {
  if (state.src.charAt(state.pos) !== '\n') return false;
  if (!silent) state.pending += '\n';
  state.pos += 1;
  return true;
}

/** A backslash takes the meaning from a mark; before anything else it is itself. */
function escaped(state: StateInline, silent: boolean): boolean {
  if (state.src.charAt(state.pos) !== '\\' || state.pos + 1 >= state.posMax) return false;
  const next = state.src.charAt(state.pos + 1);
  if (state.src.startsWith(shrug, state.pos)) {
    if (!silent) state.pending += shrug;
    state.pos += shrug.length;
    return true;
  }
  if (!escapable.test(next)) return false;
  if (!silent) state.pending += next;
  state.pos += 2;
  return true;
}

/** Where runs of backticks stand, by their length. */
const backtickRuns = new WeakMap<StateInline, Map<number, number[]>>();

function runsOf(state: StateInline): Map<number, number[]> {
  const known = backtickRuns.get(state);
  if (known !== undefined) return known;
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of state.src.matchAll(/`+/g)) {
    const places = runs.get(run.length);
    if (places === undefined) runs.set(run.length, [index]);
    else places.push(index);
  }
  backtickRuns.set(state, runs);
  return runs;
}

/** As the library's, but what stands between the backticks keeps its lines. */
function code(state: StateInline, silent: boolean): boolean {
  if (state.src.charAt(state.pos) !== '`') return false;
  let end = state.pos;
  while (end < state.posMax && state.src.charAt(end) === '`') end += 1;
  const length = end - state.pos;
  const closing = firstFrom(runsOf(state).get(length) ?? [], end);
  if (closing === undefined || closing + length > state.posMax) {
    if (!silent) state.pending += '`'.repeat(length);
    state.pos = end;
    return true;
  }
  if (!silent) {
    state.push('code_inline', 'code', 0).content = withoutPadding(state.src.slice(end, closing));
  }
  state.pos = closing + length;
  return true;
}

/** One space on either side is there to keep the text from the backticks. */
function withoutPadding(text: string): string {
  return text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '' ? text.slice(1, -1) : text;
}

/** @param places in rising order */
function firstFrom(places: readonly number[], from: number): number | undefined {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return places[low];
}

/** An address is one thing, whatever marks stand in it. It is met at its colon, as plain text is read up to there. */
function address(state: StateInline, silent: boolean): boolean {
  if (silent || state.linkLevel > 0 || !state.src.startsWith('://', state.pos)) return false;
  const [scheme] = /https?$/i.exec(state.pending.slice(-5)) ?? [];
  if (scheme === undefined) return false;
  const found = linkAt(state.src, state.pos - scheme.length);
  if (found === undefined) return false;
  state.pending = state.pending.slice(0, -scheme.length);
  state.push('link_open', 'a', 1).attrs = [['href', found.href]];
  state.push('text', '', 0).content = found.text;
  state.push('link_close', 'a', -1);
  state.pos += found.text.length - scheme.length;
  return true;
}

/** One asterisk between two letters or digits, as in 2*3*4, is no mark. */
function times(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src.charAt(pos) !== '*' || !asciiWord.test(src.charAt(pos - 1)) || !asciiWord.test(src.charAt(pos + 1))) return false;
  if (!silent) state.pending += '*';
  state.pos += 1;
  return true;
}
