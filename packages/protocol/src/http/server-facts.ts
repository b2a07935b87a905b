import * as z from 'zod/mini';

/** What anyone may know of this server. */
export const serverFacts = z.strictObject({
  name: z.string(),
  version: z.string(),
  registration: z.enum(['open', 'closed']),
  protocolVersions: z.array(z.int()),
  /** Where people reach it from elsewhere, if its owner has said so. */
  publicUrl: z.nullable(z.string()),
  /** Nobody has an account yet. */
  isEmpty: z.boolean(),
});
export type ServerFacts = z.infer<typeof serverFacts>;
