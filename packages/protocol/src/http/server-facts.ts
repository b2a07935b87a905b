import * as z from 'zod/mini';

/** What anyone may know of this server. */
export const serverFacts = z.strictObject({
  name: z.string(),
  version: z.string(),
  registration: z.enum(['open', 'closed']),
  protocolVersions: z.array(z.int()),
});
