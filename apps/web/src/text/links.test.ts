import { expect, test } from 'vitest';
import { findLinks } from './links.ts';

const hrefs = (text: string) => findLinks(text).flatMap((piece) => ('href' in piece ? [piece.href] : []));

test.each([
  ['see http://example.org/a.', ['http://example.org/a']],
  ['(https://example.org/a_(b))', ['https://example.org/a_(b)']],
  ['https://example.org/?q=1&r=[x], ok', ['https://example.org/?q=1&r=[x]']],
  ['HTTPS://EXAMPLE.ORG/A', ['https://example.org/A']],
  ['two: http://a.example and http://b.example!', ['http://a.example/', 'http://b.example/']],
])('an address is found without the sentence around it: %s', (text, expected) => {
  expect(hrefs(text)).toEqual(expected);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'http://',
  'https://user:secret@example.org/',
  'example.org',
  'xhttp://example.org',
])('[A-31] no link is made of %s', (text) => {
  expect(hrefs(text)).toEqual([]);
});

test('[A-34] an address ends before a character that turns the direction of what follows', () => {
  expect(hrefs('http://example.org/\u202egpj.exe')).toEqual(['http://example.org/']);
});

test('the pieces together are the text, whatever it is', () => {
  for (const text of ['', 'plain', 'a http://x.example/ b', 'http://a.example http://[ http://b.example)', '\n\n http://c.example\n'])
    expect(
      findLinks(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
});

test('[A-34] a text made to be slow costs steps in proportion to its length', () => {
  const hard = `http://a/${'('.repeat(8_000)}${')'.repeat(7_990)}`.slice(0, 16_000);
  expect(
    findLinks(hard)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(hard);
});
