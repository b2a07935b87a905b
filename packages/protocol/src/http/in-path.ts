import * as z from 'zod/mini';
import { conversationId, loginId, personId, registerKey } from '../parts.ts';

/** What stands in paths. */
export const loginInPath = z.strictObject({ login: z.union([z.literal('current'), loginId]) });
export const personInPath = z.strictObject({ person: personId });
export const conversationInPath = z.strictObject({ conversation: conversationId });
export const registerInPath = z.strictObject({ key: registerKey });
export const nothingInPath = z.strictObject({});
