import { expect, test } from 'vitest';
import { evidenceName } from './evidence-name.ts';

test.each([
  ['Mara Lind', 'parlour-evidence-mara-lind-2026-03-09.jsonl'],
  ['../../etc/passwd', 'parlour-evidence-etc-passwd-2026-03-09.jsonl'],
  ['お茶の会 🍵', 'parlour-evidence-お茶の会-2026-03-09.jsonl'],
  ['\u202ecod.exe\u0000 "a"', 'parlour-evidence-cod-exe-a-2026-03-09.jsonl'],
  ['???', 'parlour-evidence-2026-03-09.jsonl'],
  ['x'.repeat(100), `parlour-evidence-${'x'.repeat(40)}-2026-03-09.jsonl`],
])('a file of %j is called %s', (title, name) => {
  expect(evidenceName(title, new Date(2026, 2, 9, 23, 59))).toBe(name);
});
