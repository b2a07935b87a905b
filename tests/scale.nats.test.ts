import { join } from 'node:path';
import { expect, test } from 'vitest';
import { benchFolder, runNode } from './bench-run.ts';

const scale = join(benchFolder, 'scale.ts');

// A run in which an order is wrong, a gap or a double is seen throws, and prints no figure.
test('what grows is measured in both stores, and over several servers, with every check on', async () => {
  const { code, stdout, stderr } = await runNode([scale, 'growth', '--quick']);
  expect(code, stderr).toBe(0);
  for (const step of ['stored 100', 'online 10', 'members 20', 'devices 2'])
    for (const store of ['SQLite', 'PostgreSQL']) expect(stdout).toMatch(new RegExp(`^${step} on ${store}: [\\d.]+ CPU us a message`, 'm'));
  expect(stdout).toMatch(/^nodes 2 on PostgreSQL: [\d.]+ CPU us a message \(servers [\d.]+, database [\d.]+, bus [\d.]+\)/m);
});

test('A to E are measured on several servers, with every check on', async () => {
  const { code, stdout, stderr } = await runNode([scale, 'nodes', '--quick']);
  expect(code, stderr).toBe(0);
  for (const figure of [
    'A 8x4, durable messages',
    'B 4 in flight, cost of a delivery',
    'C idle, memory of a connection',
    'D reconnect, cost of a client',
  ])
    expect(stdout).toMatch(new RegExp(`^2 nodes, ${figure}: [\\d.]+ `, 'm'));
  expect(stdout).toMatch(/^2 nodes, E history, pages of 50, of 20,000: [\d.]+ /m);
});

test('what there is not to measure, and a quick run to be kept, are refused', async () => {
  expect(await runNode([scale, 'everything'])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is growth, nodes') });
  expect(await runNode([scale, '--quick', '--record'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cannot record a quick run'),
  });
});
