import type { RunningServer } from '../compose.ts';

const drainMaxMs = 10_000;

/** The first signal is for going down in order; the second ends the process. */
export async function nextSignal(): Promise<string> {
  const { promise, resolve: receive } = Promise.withResolvers<string>();
  let isFirst = true;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (!isFirst) process.exit(1);
      isFirst = false;
      receive(name);
    });
  }
  return promise;
}

/** Where it can serve no more it goes down by itself. @returns false where it did, or was not done in time */
export async function drainAt(signal: Promise<string>, server: RunningServer): Promise<boolean> {
  const why = await Promise.race([signal, server.whenUnusable]);
  const isAsked = typeof why === 'string';
  process.stderr.write(isAsked ? `${why}: going down; a second signal ends at once\n` : `${why.message}\ngoing down\n`);
  const deadline = Promise.withResolvers<false>();
  const timer = setTimeout(() => deadline.resolve(false), drainMaxMs);
  const drained = await Promise.race([server.drain().then(() => true), deadline.promise]);
  clearTimeout(timer);
  process.stderr.write(drained ? 'down\n' : `not everything was done within ${drainMaxMs / 1_000} s; what was acknowledged is kept\n`);
  return isAsked && drained;
}
