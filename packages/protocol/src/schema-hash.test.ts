import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { clientFrames } from './client-frame.ts';
import { problem } from './http/problem.ts';
import { type Route, routes } from './http/routes.ts';
import { serverFrames } from './server-frame.ts';

const hashOf = (value: unknown): string => hash('sha256', JSON.stringify(value), 'hex').slice(0, 16);
const schemaHash = (schema: z.ZodMiniType<unknown, unknown> | null): string =>
  schema === null
    ? 'none'
    : hashOf([z.toJSONSchema(schema, { io: 'input' }), z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })]);

/** Everything that crosses the wire, by name: a change shows which part of it changed. */
function schemaHashes(): Record<string, string> {
  const frames = { client: clientFrames, server: serverFrames };
  return Object.fromEntries([
    ...Object.entries(frames).flatMap(([side, kinds]) =>
      Object.entries(kinds).map(([kind, schema]) => [`${side} ${kind}`, schemaHash(schema)]),
    ),
    ...Object.entries<Route>(routes).map(([name, { method, path, params, query, body, status, answer }]) => [
      `${method} ${path}`,
      hashOf([name, status, ...[params, query, body, answer].map(schemaHash)]),
    ]),
    ['problem', schemaHash(problem)],
  ]);
}

/**
 * Whoever changes a schema on purpose runs this with `-u`, and asks: could an old client misread what is sent now?
 * Then the version of the protocol changes too.
 */
test('[SPEC-1] the wire is what it was: no schema of a frame or an HTTP body changed unnoticed', async () => {
  const hashes = schemaHashes();
  expect(Object.keys(hashes).length).toBeGreaterThan(50);
  await expect(`${JSON.stringify({ all: hashOf(hashes), ...hashes }, null, 2)}\n`).toMatchFileSnapshot('./golden/schema-hashes.json');
});
