/** A unique key stood in the way of a write, which was not done. Each engine says it in its own way, and the shared adapter reads this. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
}
