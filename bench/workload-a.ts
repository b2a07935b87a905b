import { percentile, type Result, result } from './measure.ts';
import { closedLoop, openLoop } from './message-load.ts';
import { sizes } from './sizes.ts';
import type { Mode } from './system-under-test.ts';

const perSecond = sizes.openLoopPerSecond;
const openName = `A open ${perSecond.toLocaleString('en')}/s`;

/** One-to-one, durable, all features on. */
export async function workloadA(mode: Mode = 'embedded'): Promise<Result[]> {
  const many = await closedLoop({ conversations: 8 }, { inFlight: 4, mode });
  const one = await closedLoop({ conversations: 1 }, { inFlight: 1, mode });
  const receipts = await closedLoop({ conversations: 8 }, { inFlight: 4, receipts: true, mode });
  const open = await openLoop(perSecond, { mode });
  return [
    result('A 8x4', 'durable messages', '1/CPU-s', many.perCpuSecond, { must: 25_000, aim: 45_000, better: 'more' }),
    result('A 8x4', 'durable messages', '1/s', many.perSecond),
    result('A 8x4', 'messages that share a commit', '', many.messagesPerCommit),
    result('A 8x4', 'longest stall', 'ms', many.longestStallMs, { must: 20, aim: 5 }),
    result('A 8x4', 'generator, share of its core', '', many.generatorShare),
    result('A one sender', 'p50', 'ms', percentile(one.latenciesMs, 0.5), { must: 0.5, aim: 0.25 }),
    result('A one sender', 'p99', 'ms', percentile(one.latenciesMs, 0.99)),
    result('A one sender', 'durable messages', '1/CPU-s', one.perCpuSecond, { aim: 5_000, better: 'more' }),
    result('A receipts', 'durable messages', '1/CPU-s', receipts.perCpuSecond, { must: 20_000, aim: 35_000, better: 'more' }),
    result(openName, 'p50', 'ms', percentile(open.latenciesMs, 0.5)),
    result(openName, 'p99', 'ms', percentile(open.latenciesMs, 0.99), { must: 5 }),
    result(openName, 'p99.9', 'ms', percentile(open.latenciesMs, 0.999)),
  ];
}
