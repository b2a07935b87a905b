import * as z from 'zod/mini';
import { deviceId, loginId, operationNumberOrNone, person, wallMs } from '../parts.ts';

/** Confirms `hello`: who the server takes this for, and by which rules it plays. */
export const welcome = z.strictObject({
  kind: z.literal('welcome'),
  version: z.int(),
  person,
  device: deviceId,
  login: loginId,
  /** The highest operation number the log knows of this device. */
  operationNumber: operationNumberOrNone,
  serverTime: wallMs,
  /** The access token of this socket ends then; renew before. */
  tokenExpiresAt: wallMs,
  pingIntervalMs: z.int(),
  limits: z.strictObject({
    textLengthMax: z.int(),
    frameSizeBytesMax: z.int(),
    operationsPerSendMax: z.int(),
    entriesPerRangeMax: z.int(),
    presenceWatchMax: z.int(),
  }),
});
export type Welcome = z.infer<typeof welcome>;
