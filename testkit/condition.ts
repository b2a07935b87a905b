import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

const lookEveryMs = 20;

/**
 * Looks again and again, until nothing is missing.
 * @param findMissing what is still missing, in words; null where nothing is
 * @param everyTurn looks in every turn of the event loop: for a moment that must not be missed by a millisecond
 * @throws where something still is after `withinMs`, with what that was
 */
export async function waitUntil(
  findMissing: () => string | null | Promise<string | null>,
  withinMs: number,
  { everyTurn = false }: { readonly everyTurn?: boolean } = {},
): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const missing = await findMissing();
    if (missing === null) return;
    if (performance.now() > endMs) throw new Error(`still after ${withinMs} ms: ${missing}`);
    await (everyTurn ? nextTurn() : wait(lookEveryMs));
  }
}
