import * as z from 'zod/mini';
import { loginId, wallMs } from '../parts.ts';
import { clientType } from './authenticated.ts';

/** One's own open logins, last used first. */
const login = z.strictObject({
  id: loginId,
  label: z.string(),
  client: clientType,
  address: z.string(),
  createdAt: wallMs,
  lastUsedAt: wallMs,
  /** The login that asks. */
  current: z.boolean(),
});

export const logins = z.strictObject({ logins: z.array(login) });
