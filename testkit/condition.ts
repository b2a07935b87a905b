import { setTimeout as wait } from 'node:timers/promises';

const lookEveryMs = 20;

/**
 * Looks again and again, until nothing is missing.
 * @param findMissing what is still missing, in words; null where nothing is
 * @throws where something still is after `withinMs`, with what that was
 */
export async function waitUntil(findMissing: () => string | null | Promise<string | null>, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const missing = await findMissing();
    if (missing === null) return;
    if (performance.now() > endMs) throw new Error(`still after ${withinMs} ms: ${missing}`);
    await wait(lookEveryMs);
  }
}
