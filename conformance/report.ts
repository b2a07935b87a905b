import type { Judged } from './run-sections.ts';

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };
/** What a part of a run has to say. */
export type Said = { readonly lines: readonly string[]; readonly counts: Counts };

const idWidth = 8;
/** What is said of one failure; the rest of it helps nobody. */
const whyLengthMax = 1_500;

/**
 * Line by line in the order of SPEC.md. A rule that nothing shows is a failure of the suite.
 * @param rules those of SPEC.md @param asked those that were to be shown
 */
export function presentReport(judged: readonly Judged[], rules: readonly string[], asked: readonly string[] = rules): Said {
  const lines: string[] = [];
  for (const rule of rules) {
    const own = judged.filter((each) => each.rules[0] === rule);
    lines.push(...own.map(presentLine));
    if (asked.includes(rule) && !judged.some((each) => each.rules.includes(rule)))
      lines.push(`FAIL  ${rule.padEnd(idWidth)} no test covers it`);
  }
  const unknown = judged.filter((each) => !each.rules.every((rule) => rules.includes(rule)));
  lines.push(...unknown.map(({ rules: cited, title }) => `FAIL  ${cited.join(' ')} is no rule of SPEC.md: ${title}`));
  const count = (begin: string): number => lines.filter((line) => line.startsWith(begin)).length;
  return { lines, counts: { passed: count('ok '), failed: count('FAIL '), skipped: count('not seen here: ') } };
}

function presentLine({ rules: [rule = '', ...others], title, outcome }: Judged): string {
  const also = others.length > 0 ? ` (also ${others.join(', ')})` : '';
  if (outcome.is === 'ok') return `ok    ${rule.padEnd(idWidth)} ${title}${also}`;
  if (outcome.is === 'unseen') return `not seen here: ${rule}, ${outcome.why}: ${title}${also}`;
  return `FAIL  ${rule.padEnd(idWidth)} ${title}${also}\n      ${outcome.why.slice(0, whyLengthMax).replaceAll('\n', '\n      ')}`;
}

export function presentCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
