import * as z from 'zod/mini';

export type JsonSchema = { readonly [key: string]: unknown };

/** What a schema takes, as JSON Schema (draft 7). */
export function jsonSchemaOf(schema: z.ZodMiniType<unknown, unknown>): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return rest;
}
