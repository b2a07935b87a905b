import { percentile, type Result, result } from './measure.ts';
import { closedLoop } from './message-load.ts';

/** The same work as A on a PostgreSQL and on SQLite, one after the other; CPU is the server's and the database's together. */
export async function workloadPostgres(): Promise<Result[]> {
  const mode = { nodes: 1 };
  const many = await closedLoop({ conversations: 8 }, { inFlight: 4, mode });
  const embedded = await closedLoop({ conversations: 8 }, { inFlight: 4 });
  const receipts = await closedLoop({ conversations: 8 }, { inFlight: 4, receipts: true, mode });
  const one = await closedLoop({ conversations: 1 }, { inFlight: 1, mode });
  return [
    result('postgres 8x4', 'durable messages', '1/CPU-s', many.perCpuSecond, { must: 12_000, aim: 25_000, better: 'more' }),
    result('postgres 8x4', "of the server's own CPU", '1/CPU-s', many.perServerCpuSecond),
    result('postgres 8x4', 'durable messages', '1/s', many.perSecond),
    result('postgres 8x4', 'messages that share a commit', '', many.messagesPerCommit),
    result('postgres 8x4', 'longest stall', 'ms', many.longestStallMs, { must: 20, aim: 5 }),
    result('postgres 8x4', 'to SQLite, by CPU', '', many.perCpuSecond / embedded.perCpuSecond),
    result('postgres receipts', 'durable messages', '1/CPU-s', receipts.perCpuSecond),
    result('postgres one', 'p50', 'ms', percentile(one.latenciesMs, 0.5)),
    result('postgres one', 'p99', 'ms', percentile(one.latenciesMs, 0.99)),
    result('postgres one', 'durable messages', '1/CPU-s', one.perCpuSecond),
  ];
}
