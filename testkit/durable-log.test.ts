import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';
import { DurableLog } from './durable-log.ts';
import { seedPeople } from './seeded-people.ts';

async function lookAtSquare(change: string): Promise<{ readonly first: readonly string[]; readonly later: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await seedPeople(folder, { devices: { ana: 1, mara: 1 }, groupTitle: 'The square' });
  const log = new DurableLog();
  await log.read(folder);
  const first = [...log.faults];
  expect(log.entryCount).toBe(1);
  {
    using database = new DatabaseSync(dataFolderPaths.database(folder));
    database.exec(change);
  }
  await log.read(folder);
  const later = log.faults.slice(first.length);
  const anew = new DurableLog();
  await anew.read(folder);
  return { first, later: [...later, ...anew.faults] };
}

test('a folder that is as it was has no fault', async () => {
  expect(await lookAtSquare('select 1')).toEqual({ first: [], later: [] });
});

test.each([
  ['an entry that is gone', 'delete from entry; update conversation set head = 0', 'its head is 0'],
  ['a conversation that is gone', 'delete from conversation', 'is gone'],
  ['a body that is another', `update entry set body = replace(body, 'square', 'circle')`, 'the digest is wrong'],
  ['a chain that is another', 'update entry set chain = zeroblob(16)', 'the chain is wrong'],
  ['a count that is another', 'update entry set ord = 1', 'ord is not the count of messages'],
  [
    'a marker beyond the head',
    'insert into marker (person, conv, read_seq) select person, conv, 9 from member limit 1',
    'a marker is beyond what they see',
  ],
])('the checker of the simulation sees %s', async (_what, change, fault) => {
  const { first, later } = await lookAtSquare(change);
  expect(first).toEqual([]);
  expect(later.join('\n')).toContain(fault);
});
