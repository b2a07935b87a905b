import * as z from 'zod/mini';
import { password } from './create-account.ts';

/** Ends all other logins. This one goes on with the new access token in the answer. */
export const changePassword = z.strictObject({ oldPassword: password, newPassword: password });
