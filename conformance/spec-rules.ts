import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const specFile = join(import.meta.dirname, '../packages/protocol/SPEC.md');
const ruleId = /\[([A-Z]+-\d+)\](?!\()/g;

/** The ids of all rules of SPEC.md, in its order. */
export function specRules(text: string = readFileSync(specFile, 'utf8')): readonly string[] {
  return [...new Set([...text.matchAll(ruleId)].map((match) => match[1] ?? ''))];
}
