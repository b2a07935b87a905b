import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { benchFolder, expectResults, runNode } from './bench-run.ts';

const measured = [
  { name: 'A', parts: ['A 8x4', 'A one sender', 'A receipts', 'A open 300/s'], metrics: ['durable messages', 'longest stall', 'p99.9'] },
  { name: 'B', parts: ['B one in flight', 'B 4 in flight'], metrics: ['cost of a delivery', 'until all have it, p99'] },
  { name: 'C', parts: ['C idle'], metrics: ['memory of a connection'] },
  { name: 'D', parts: ['D reconnect'], metrics: ['cost of a client', 'until it has all, p99'] },
  { name: 'E', parts: ['E history'], metrics: ['pages of 50, of 20,000', 'p99'] },
  { name: 'sync', parts: ['sync of 50', 'sync of 400', 'a new device'], metrics: ['cost, nothing differs', 'all 300 rows'] },
  { name: 'logins', parts: ['logins'], metrics: ['ratio of p99, 50 offered to none', 'longest stall, 10 logins a second'] },
];

// A run in which an order is wrong, a gap or a double is seen throws, and then there are no results: they are there because the checks passed.
test.each(measured)('workload $name passes its checks, prints a table and writes its results', async ({ name, parts, metrics }) => {
  await expectResults(name, { parts, metrics });
});

test('a workload that nobody knows is refused with those there are', async () => {
  const { code, stderr } = await runNode([join(benchFolder, 'run.ts'), 'Z']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/cannot run Z: the workloads are A, B, C, D, E/);
});

const servers = new Set<() => void>();
afterEach(() => {
  for (const close of servers) close();
  servers.clear();
});

/** A server that welcomes whoever comes, and then tells these runs of a log: what comes after which entry. */
async function openTellingServer(runs: Readonly<Record<number, readonly number[]>>): Promise<number> {
  const server = createServer();
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
  webSockets.on('connection', (socket: WebSocket) => {
    socket.once('message', () => {
      socket.send(JSON.stringify({ kind: 'welcome' }));
      for (const [previous, seqs] of Object.entries(runs).map(([after, following]) => [Number(after), following] as const)) {
        const entries = seqs.map((seq) => ({ seq, chain: `chain ${seq}` }));
        socket.send(
          JSON.stringify({ kind: 'entries', conversation: 'c', previous: { seq: previous, chain: `chain ${previous}` }, entries }),
        );
      }
      socket.close();
    });
  });
  servers.add(() => {
    for (const socket of webSockets.clients) socket.terminate();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const listener = `
  const { BenchClient } = await import(${JSON.stringify(join(benchFolder, 'bench-client.ts'))});
  const client = new BenchClient({ token: 'token', device: 'device' });
  client.onEntries = () => { if (client.receivedEntries === 4) process.exit(0); };
  await client.connect(Number(process.argv[1]));
`;

const told = [
  { how: 'in order', code: 0, runs: { 1: [2, 3], 3: [4, 5] } },
  { how: 'with a gap between runs', code: 1, runs: { 1: [2, 3], 4: [5, 6] } },
  { how: 'with a gap within a run', code: 1, runs: { 1: [2, 3], 3: [4, 6] } },
  { how: 'with one entry twice', code: 1, runs: { 1: [2, 3], 2: [3, 4] } },
  { how: 'in another order', code: 1, runs: { 1: [3, 2], 3: [4, 5] } },
];

test.each(told)('a log that is told $how ends a workload with exit code $code', async ({ runs, code }) => {
  const port = await openTellingServer(runs);
  const ended = await runNode(['--input-type=module', '-e', listener, '--', String(port)]);
  expect(ended.code).toBe(code);
  if (code !== 0) expect(ended.stderr).toMatch(/BrokenPromise: (a run after \d came where \d is held|entry \d where \d was due)/);
});
