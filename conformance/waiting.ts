import { setTimeout as sleep } from 'node:timers/promises';

/** As long as the server or the protocol said to wait; never in place of something that can be seen. */
export async function waitAsTold(ms: number): Promise<void> {
  await sleep(ms);
}
