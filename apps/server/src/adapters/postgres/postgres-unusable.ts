/** It answers, and is not what is needed. */
export class PostgresUnusable extends Error {
  override readonly name = 'PostgresUnusable';

  constructor(place: string, reason: string) {
    super(`cannot use ${place}: ${reason}`);
  }
}
