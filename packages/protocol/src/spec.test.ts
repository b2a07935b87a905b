import { hash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chainOf, digestOf, directConversationId } from '@parlour/core/conversation-log/chain';
import { groupActs } from '@parlour/core/conversation-log/permissions';
import { errors } from '@parlour/core/errors';
import { digestGroupOf, syncDigestOf } from '@parlour/core/sync-digest';
import { describe, expect, test } from 'vitest';
import { clientFrames } from './client-frame.ts';
import { serverFrames } from './server-frame.ts';

const root = join(import.meta.dirname, '../../..');
const spec = readFileSync(join(import.meta.dirname, '../SPEC.md'), 'utf8');
const digest16 = (text: string): string => hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');

/** The rules that the titles of tests begin with. */
function citedRules(texts: readonly string[]): Set<string> {
  const titles = texts.flatMap((text) => text.match(/(?<=['"`])(?:\[[A-Z]+-\d+\]\s*)+/g) ?? []);
  return new Set(titles.flatMap((title) => [...title.matchAll(/\[([A-Z]+-\d+)\]/g)].map((match) => match[1] ?? '')));
}

function example(name: string): Record<string, never> {
  const text = new RegExp(`<!-- example: ${name} -->\n\`\`\`json\n([\\s\\S]+?)\n\`\`\``).exec(spec)?.[1];
  if (text === undefined) throw new Error(`SPEC.md has no example ${name}`);
  return JSON.parse(text);
}

describe('SPEC.md', () => {
  const idsIn = (text: string): string[] => [...text.matchAll(/\[([A-Z]+-\d+)\](?!\()/g)].map((match) => match[1] ?? '');

  test('[SPEC-4] every rule is cited by a test', () => {
    const patterns = [
      '{packages,apps}/*/src/**/*.{test,contract}.{ts,tsx}',
      'tests/**/*.test.ts',
      'simulation/**/*.test.ts',
      'conformance/sections/*.ts',
    ];
    const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));
    const cited = citedRules(files.map((path) => readFileSync(join(root, path), 'utf8')));
    expect(new Set(idsIn(spec)).size).toBeGreaterThan(50);
    expect([...new Set(idsIn(spec))].filter((id) => !cited.has(id))).toEqual([]);
  });

  test('[SPEC-4] a rule that no test cites is seen', () => {
    expect(citedRules(["test('[OP-1] [OP-2] who is not a member', () => {}); // [OP-3]"])).toEqual(new Set(['OP-1', 'OP-2']));
  });

  test('[SPEC-4] names only frames, codes and close codes that there are', () => {
    const words = [...spec.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map((match) => match[1] ?? '');
    const known = new Set([...Object.keys(clientFrames), ...Object.keys(serverFrames), ...Object.keys(errors), ...groupActs]);
    const snakes = words.filter((word) => word.includes('_'));
    expect(snakes.filter((word) => !known.has(word))).toEqual([]);
    for (const [code, entry] of Object.entries(errors)) {
      for (const [, number] of spec.matchAll(new RegExp(`(4\\d{3}) \`${code}\``, 'g')))
        expect(entry).toHaveProperty('closeCode', Number(number));
    }
    for (const kind of Object.keys(clientFrames)) expect(words).toContain(kind);
  });

  test('[LOG-2] [LOG-3] [LOG-4] the worked example of the chain is what the code does', () => {
    const { people, conversation, previousChain, salt, body, digest, chained, chain } = example('chain');
    expect(directConversationId(digest16, people?.[0] as never, people?.[1] as never)).toBe(conversation);
    expect(digestOf(digest16, salt as never, body as never)).toBe(digest);
    const [, seq, , author, device, n] = String(chained).split(' ');
    const entry = { seq: Number(seq), kind: 'message', author, device, n: Number(n), target: null, digest };
    expect(chainOf(digest16, previousChain as never, entry as never)).toBe(chain);
    expect(digest16(chained as never)).toBe(chain);
    expect(digest16(`${salt}${body}`)).toBe(digest);
  });

  test('[SYNC-1] the worked example of the digest is what the code does, and what the page says', () => {
    const { line, group, sum } = example('digest');
    const [conversation, headSeq, headChain, readSeq, receiptsSum] = String(line).split(' ');
    const row = { conversation, headSeq: Number(headSeq), headChain, readSeq: Number(readSeq), receiptsSum: Number(receiptsSum) };
    expect(digestGroupOf(conversation as never)).toBe(group);
    expect(syncDigestOf([row as never])[group as never]).toBe(sum);
    const h = (text: string, seed: number): number => {
      const word = 2n ** 32n;
      let value = 0x811c9dc5n ^ BigInt(seed);
      for (const unit of text.split('').map((character) => BigInt(character.charCodeAt(0)))) value = ((value ^ unit) * 0x01000193n) % word;
      value = ((value ^ (value >> 16n)) * 0x85ebca6bn) % word;
      value = ((value ^ (value >> 13n)) * 0xc2b2ae35n) % word;
      return Number(value ^ (value >> 16n));
    };
    expect(h(String(conversation), 0x9747b28c) % 64).toBe(group);
    expect((h(String(line), 1) & 0xfffff) * 2 ** 32 + h(String(line), 2)).toBe(sum);
  });
});
