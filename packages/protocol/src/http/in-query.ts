import * as z from 'zod/mini';

const digits = /^[0-9]{1,16}$/;

/** A whole number in a query is text first; anything but digits is not one, so `1e3`, ` 1`, `` and `-1` are refused. */
export function wholeNumber<Output>(schema: z.ZodMiniType<Output, number>): z.ZodMiniType<Output, unknown> {
  const toNumber = z.transform((text: unknown) => (typeof text === 'string' && digits.test(text) ? Number(text) : Number.NaN));
  return z.pipe(toNumber, schema);
}

export const nothingInQuery = z.strictObject({});
