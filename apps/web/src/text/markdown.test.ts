import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMarkup } from './markdown.ts';
import { type Block, parsePlain, plainText, type Span } from './markup.ts';

/** A tree as one line, to compare: marks by their element's letter. */
function sketch(blocks: readonly Block[]): string {
  return blocks.map((block) => `${'^'.repeat(block.gap)}${sketchBlock(block)}`).join(' ');
}

function sketchBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `p(${sketchSpans(block.spans)})`;
    case 'code':
      return `code${block.language === null ? '' : `:${block.language}`}(${block.text})`;
    case 'quote':
      return `quote(${sketch(block.blocks)})`;
    case 'list':
      return `${block.start === null ? 'list' : `list:${block.start}`}(${block.items.map(sketch).join(' | ')})`;
  }
}

const letters = { strong: 'b', emphasis: 'i', strike: 's' } as const;

function sketchSpans(spans: readonly Span[]): string {
  return spans
    .map((span) => {
      if (span.kind === 'text') return span.text;
      if (span.kind === 'code') return `c(${span.text})`;
      return span.kind === 'link' ? `a:${span.href}(${sketchSpans(span.spans)})` : `${letters[span.kind]}(${sketchSpans(span.spans)})`;
    })
    .join('');
}

test.each([
  ['**bold** and *leaning* and _leaning_', 'p(b(bold) and i(leaning) and i(leaning))'],
  ['~~gone~~ `code`', 'p(s(gone) c(code))'],
  ['***both***', 'p(i(b(both)))'],
  ['これは**強い**です', 'p(これはb(強い)です)'],
  ['```ts\nlet a;\n\n  b();\n```\nafter', 'code:ts(let a;\n\n  b();) p(after)'],
  ['~~~\n**as it is**\n~~~', 'code(**as it is**)'],
  ['`two\nlines` and ``a ` in it``', 'p(c(two\nlines) and c(a ` in it))'],
  ['> said\n> so\nanswer', 'quote(p(said\nso)) p(answer)'],
  ['> once\n> > twice', 'quote(p(once) quote(p(twice)))'],
  ['- milk\n- eggs\n  - brown\nthanks', 'list(p(milk) | p(eggs) list(p(brown))) p(thanks)'],
  ['3. three\n4. four', 'list:3(p(three) | p(four))'],
  ['- a\n```\ncode\n```', 'list(p(a)) code(code)'],
  ['[the menu](https://example.org/menu)', 'p(a:https://example.org/menu(the menu))'],
  ['**see https://example.org/a_b_c**', 'p(b(see a:https://example.org/a_b_c(https://example.org/a_b_c)))'],
])('marks are read: %j', (text, expected) => {
  expect(sketch(parseMarkup(text))).toBe(expected);
});

test.each([
  '2*3*4 and snake_case_name',
  '¯\\_(ツ)_/¯',
  '# no heading\nno heading\n---',
  '&amp; &lt; <b>bold</b> <!-- x -->',
  '![no picture](https://example.org/a.png',
  '| a | b |\n|---|---|',
  '[x]: https://example.org/reference',
  '```\nnever closed',
  'a \\ b',
  '-5 +1 1.5',
])('what is no mark here stays as it was written: %j', (text) => {
  expect(sketch(parseMarkup(text))).toBe(
    `p(${text.replace('https://example.org/reference', 'a:https://example.org/reference($&)').replace('https://example.org/a.png', 'a:https://example.org/a.png($&)')})`,
  );
});

test('lines and empty lines are kept as they were written', () => {
  expect(sketch(parseMarkup('one\n  two\n\n*three*\n\n\nfour'))).toBe('p(one\n  two) ^p(i(three)) ^^p(four)');
  expect(sketch(parseMarkup('so:\n\n- a\n- b\n\n> c\n\nd'))).toBe('p(so:) ^list(p(a) | p(b)) ^quote(p(c)) ^p(d)');
});

test('the words alone have no marks', () => {
  expect(plainText(parseMarkup('**Friday** or _Saturday_?\n> `quote`\n- [menu](https://example.org)'))).toBe(
    'Friday or Saturday?\nquote\nmenu',
  );
});

test.each([
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:x) [x](file:///etc/passwd) [x](//example.org) [x](/settings) [x](mailto:a@example.org)',
  '[x](https://user:secret@example.org/)',
  '[x](http://)',
  '<javascript:alert(1)> <https:alert(1)>',
  '![x](javascript:alert(1))',
])('[A-31] no link is made of %s', (text) => {
  expect(sketch(parseMarkup(text))).not.toMatch(/\ba:\w+:/);
});

test('[A-31] words that are one address do not lead to another', () => {
  expect(sketch(parseMarkup('[https://bank.example](https://thief.example)'))).toBe(
    'p(https://bank.example (a:https://thief.example/(https://thief.example/)))',
  );
});

const alphabet = [
  '*',
  '**',
  '_',
  '~~',
  '`',
  '```',
  '\n',
  ' ',
  '[',
  ']',
  '(',
  ')',
  '](',
  '> ',
  '- ',
  '1. ',
  '\\',
  'a',
  'http://a.example',
  '"',
  '<',
];

test('[A-34] whatever is written, none of its words is lost', () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom(...alphabet), fc.stringMatching(/^[a-z]{1,4}$/)), { maxLength: 60 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('');
      const words = (all: string) => all.replace(/[^a-z]/g, '');
      // A link’s destination stands in its address, a fence’s language beside it, and what is shown twice was written once.
      const shown = words(sketch(parseMarkup(text)));
      let from = 0;
      for (const letter of words(text)) {
        from = shown.indexOf(letter, from) + 1;
        expect(from, `${JSON.stringify(text)} is shown as ${sketch(parseMarkup(text))}`).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe('the work of reading marks', () => {
  const session = new Session();
  const compilers = ['turbofan', 'maglev', 'sparkplug'];
  const lengthMax = 16_000;
  /** Blocks of code that may run for each character of the longest message. */
  const workPerCharacterMax = 600;
  const elementsMax = 4_000;

  beforeAll(async () => {
    // What is compiled further counts no more.
    for (const compiler of compilers) setFlagsFromString(`--no-${compiler}`);
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  });

  afterAll(async () => {
    await session.post('Profiler.stopPreciseCoverage');
    session.disconnect();
    for (const compiler of compilers) setFlagsFromString(`--${compiler}`);
  });

  /** How many times any block of the reader's code ran, its loops' bodies too. */
  async function workOf(text: string): Promise<number> {
    await session.post('Profiler.takePreciseCoverage');
    parseMarkup(text);
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const ranges = result
      .filter(({ url }) => /markdown-it|\/src\/text\//.test(url) && !url.includes('.test.'))
      .flatMap(({ functions }) => functions.flatMap((one) => one.ranges));
    return ranges.reduce((sum, { count }) => sum + count, 0);
  }

  const elements = (blocks: readonly Block[]): number => JSON.stringify(blocks).split('"kind"').length;

  const hard = [
    ...alphabet,
    '*a',
    '**a',
    '*a **b ',
    'a*',
    '_a_',
    '*_',
    '~~a',
    '[a',
    '[a](',
    '[a](b',
    '[a](<b',
    '[a](b "',
    '![a](',
    '[](',
    '[[]]',
    '`a',
    '``a`',
    '> > ',
    '> - ',
    '- - ',
    '1. 1. ',
    '- a\n',
    '\n- ',
    ' - ',
    '```\n',
    '~~~~\n```\n',
    '> ```\n',
    '\\*',
    '\\`',
    'http://',
    'http://a',
    'http://a.example/(',
    'http://a.example)',
    'http://a ',
    '\n\n',
    '>\n',
    '>',
    '<a ',
    '&a;',
    '*\n',
    '\t',
    '\u00a0',
    '\u202e',
    'é*',
    '𝔘*',
  ];

  test.each(hard)('[A-34] a message made of %j over and over costs no more than its length', async (part) => {
    const text = part.repeat(Math.ceil(lengthMax / part.length)).slice(0, lengthMax);
    const work = await workOf(text);
    expect(work).toBeGreaterThan(0);
    expect(work / lengthMax).toBeLessThan(workPerCharacterMax);
    expect(elements(parseMarkup(text))).toBeLessThan(elementsMax);
  });

  test('[A-34] nor does one of marks in any order', async () => {
    const parts = fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(parts, fc.array(fc.constantFrom(...alphabet), { maxLength: 6 }), async (some, others) => {
        const part = some.join('');
        const text = `${part.repeat(Math.ceil(lengthMax / part.length))}${others.join('')}`.slice(-lengthMax);
        expect((await workOf(text)) / lengthMax).toBeLessThan(workPerCharacterMax);
        expect(elements(parseMarkup(text))).toBeLessThan(elementsMax);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test('[A-34] a text with more marks than are shown stands as it was written', () => {
    const text = '*a* '.repeat(4_000).trim();
    expect(parseMarkup(text)).toEqual(parsePlain(text));
  });
});
