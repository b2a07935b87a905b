import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshSeed } from './fresh-seed.ts';
import { huntMutant, mutantSeedsMax } from './mutant-hunt.ts';
import { patchedFile } from './mutant-loader.ts';
import { mutants } from './mutants.ts';
import { presentFailure } from './present-report.ts';
import { simulate } from './simulation.ts';

const seedCount = 200;
const groupLength = 50;
const freshCount = 50;
const root = join(import.meta.dirname, '..');
/** Of all that `npm run simulate -- --mutants` looks for. */
const hunted = [
  'a timeout is taken for success',
  'it is acknowledged before the commit',
  'whoever was removed is told what comes after',
  'one’s own messages count as unread',
  'the outbox is cleared by the acknowledgement',
];

const kept = readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8')
  .split('\n')
  .filter((line) => /^\d/.test(line))
  .map((line) => Number.parseInt(line, 10));

async function expectKept(seed: number): Promise<void> {
  const report = await simulate({ seed });
  if (report.violation) expect.fail(`\n${presentFailure(report)}`);
}

describe('the simulated world', () => {
  test.each(kept)('every promise holds in seed %i, which once found something', expectKept);

  const starts = Array.from({ length: seedCount / groupLength }, (_, group) => group * groupLength);
  test.each(starts.map((start) => [start + 1, start + groupLength]))(
    'every promise holds from seed %i to %i, with tabs, groups, crashes, lost frames and unknown outcomes',
    async (fromSeed, toSeed) => {
      for (let seed = fromSeed; seed <= toSeed; seed++) await expectKept(seed);
    },
  );

  const fresh = freshSeed();
  test(`every promise holds in fresh seeds, this time from ${fresh} on`, async () => {
    for (let seed = fresh; seed < fresh + freshCount; seed++) await expectKept(seed);
  });

  test('the same seed is the same world, another is another', async () => {
    const [one, again, other] = [await simulate({ seed: 7 }), await simulate({ seed: 7 }), await simulate({ seed: 8 })];
    expect(again.traceHash).toBe(one.traceHash);
    expect(again.eventCount).toBe(one.eventCount);
    expect(other.traceHash).not.toBe(one.traceHash);
  });
});

describe('a deliberate defect', () => {
  test.each(mutants)('$name: its patch still fits', (mutant) => {
    for (const { file } of mutant.patches) expect(patchedFile(mutant, file)).not.toBe(readFileSync(join(root, file), 'utf8'));
  });

  test.each(hunted)('%s: is seen', async (name) => {
    const { caught } = await huntMutant(name);
    expect(caught, `no seed up to ${mutantSeedsMax} saw it`).not.toBeNull();
  });
});
