import { LoginOffers } from './login-offers.ts';
import { percentile, type Result, result } from './measure.ts';
import { openLoop } from './message-load.ts';
import { sizes } from './sizes.ts';

const messagesPerSecond = Math.min(500, sizes.openLoopPerSecond);

/** What people who log in cost those who talk: the longest stall of the serving thread, and the time of messages beside it. */
export async function workloadLogins(): Promise<Result[]> {
  const idle = await openLoop(messagesPerSecond);
  const stalls: number[] = [];
  const offered = async (perSecond: number) => {
    let offers: LoginOffers | null = null;
    const load = await openLoop(messagesPerSecond, {
      beside: (system) => {
        const made = new LoginOffers({ port: system.portOf(0), perSecond });
        offers = made;
        return {
          [Symbol.asyncDispose]: async () => {
            stalls.push(Math.max(...(await system.metrics('parlour_stall_max_seconds'))) * 1_000);
            await made[Symbol.asyncDispose]();
          },
        };
      },
    });
    return { load, counts: (offers as LoginOffers | null)?.counts };
  };
  const few = await offered(10);
  const many = await offered(50);
  const p99 = percentile(many.load.latenciesMs, 0.99);
  const idleP99 = percentile(idle.latenciesMs, 0.99);
  return [
    result('logins', `messages at ${messagesPerSecond}/s, p99, no logins`, 'ms', idleP99),
    result('logins', 'the same, 10 logins a second', 'ms', percentile(few.load.latenciesMs, 0.99)),
    result('logins', 'longest stall, 10 logins a second', 'ms', stalls[0] ?? Number.NaN, { must: 20, aim: 5 }),
    result('logins', 'the same, 50 offered a second', 'ms', p99),
    result('logins', 'ratio of p99, 50 offered to none', '', p99 / idleP99, { must: 3 }),
    result('logins', 'answered of 50 offered a second', '', many.counts?.answered ?? 0),
    result('logins', 'told to come back, of these', '', many.counts?.refusedForNow ?? 0),
  ];
}
