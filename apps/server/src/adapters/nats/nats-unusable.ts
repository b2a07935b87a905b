/** There is no bus to start with. */
export class NatsUnusable extends Error {
  override readonly name = 'NatsUnusable';

  constructor(place: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`cannot use NATS at ${place}: ${reason}; start it, or name another in PARLOUR_NATS_URL`, { cause });
  }
}
