import { expect, test } from 'vitest';
import { presentCounts, presentReport } from './report.ts';
import { rule } from './rule-case.ts';
import type { Judged } from './run-sections.ts';
import { allSections } from './sections/all-sections.ts';
import { specRules } from './spec-rules.ts';

const judged = (title: string, outcome: Judged['outcome']): Judged => ({ ...rule(title, async () => {}), outcome });
const ok = { is: 'ok' } as const;

test('rules are printed in the order of SPEC.md, whatever was through first', () => {
  const { lines, counts } = presentReport([judged('[B-1] flies', ok), judged('[A-1] [B-1] swims', ok)], ['A-1', 'B-1']);
  expect(lines).toEqual(['ok    A-1      swims (also B-1)', 'ok    B-1      flies']);
  expect(presentCounts(counts)).toBe('2 passed, 0 failed');
});

test('what failed says why, in lines that belong to it, and is counted once', () => {
  const { lines, counts } = presentReport([judged('[A-1] flies', { is: 'failed', why: 'it\nfell\nFAIL ok' })], ['A-1']);
  expect(lines).toEqual(['FAIL  A-1      flies\n      it\n      fell\n      FAIL ok']);
  expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('a rule that nothing covers, and a case of no rule, fail', () => {
  const { lines, counts } = presentReport([judged('[C-1] walks', ok)], ['A-1']);
  expect(lines).toEqual(['FAIL  A-1      no test covers it', 'FAIL  C-1 is no rule of SPEC.md: walks']);
  expect(counts).toEqual({ passed: 0, failed: 2, skipped: 0 });
});

test('what is not seen here is named with what would show it, and is neither kept nor broken', () => {
  const unseen = { is: 'unseen', why: 'because it is dark; `--light` shows it' } as const;
  const { lines, counts } = presentReport([judged('[A-1] flies', unseen)], ['A-1']);
  expect(lines).toEqual(['not seen here: A-1, because it is dark; `--light` shows it: flies']);
  expect(presentCounts(counts)).toBe('0 passed, 0 failed, 1 skipped');
});

test('where only some rules are asked for, no other is missed', () => {
  expect(presentReport([judged('[A-1] flies', ok)], ['A-1', 'B-1'], ['A-1']).counts).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test('ids of rules are read from the page, each once, and links are none', () => {
  expect(specRules('- [A-1] one, as in [B-2] and [A-1].\n[C-3](x.md) `[x]`')).toEqual(['A-1', 'B-2']);
  expect(specRules().length).toBeGreaterThan(70);
});

test('every rule of SPEC.md has a case, and every case a rule', () => {
  const cited = new Set(allSections.flatMap(({ cases }) => cases.flatMap(({ rules }) => rules)));
  expect([...cited].sort()).toEqual([...specRules()].sort());
});
