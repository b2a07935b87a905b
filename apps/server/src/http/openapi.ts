import { type ErrorCode, errors } from '@parlour/core/errors';
import { problem } from '@parlour/protocol/http/problem';
import { type Route, refusalsOfAll, refusalsOfTokens, routes } from '@parlour/protocol/http/routes';
import * as z from 'zod/mini';
import { problemType } from './problem-reply.ts';
import { linesType } from './route-calls.ts';

export type JsonSchema = { readonly [key: string]: unknown };
export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>;
  readonly parameters: ReadonlyArray<{
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: JsonSchema;
  }>;
  readonly requestBody?: { readonly required: true; readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >;
};
export type OpenApi = {
  readonly openapi: '3.1.1';
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: JsonSchema;
};

/** The description of the API, made from the same table that the routes are registered from. */
export function makeOpenApi({ version }: { readonly version: string }): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Parlour',
      version,
      description:
        'Everything a script needs; programs that want news as it happens use the socket at /v1/socket, and name the origin of the address they connect to.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem) },
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

/** Codes that a route may refuse with, by the status they have. */
function refusalsByStatus(route: Route): ReadonlyMap<number, readonly ErrorCode[]> {
  const codes = [...route.refusals, ...(route.access === 'token' ? refusalsOfTokens : []), ...refusalsOfAll];
  return Map.groupBy(new Set(codes), (code) => errors[code].httpStatus);
}

function operationOf(name: string, route: Route): Operation {
  const json = (schema: JsonSchema, type = 'application/json') => ({ [type]: { schema } });
  const refusals = [...refusalsByStatus(route)].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${errors[code].sentence}`).join('\n\n'),
      content: json({ $ref: '#/components/schemas/Problem' }, problemType),
    },
  ]);
  return {
    operationId: name,
    summary: route.title,
    security: route.access === 'token' ? [{ accessToken: [] }] : [],
    parameters: [...parametersOf('path', route.params), ...parametersOf('query', route.query)],
    ...(route.body === null ? {} : { requestBody: { required: true as const, content: json(schemaOf(route.body)) } }),
    responses: {
      [String(route.status)]: {
        description: route.title,
        ...(route.answer === null ? {} : { content: json(schemaOf(route.answer), route.isLines && linesType) }),
      },
      ...Object.fromEntries(refusals),
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodMiniType<unknown, unknown>): Operation['parameters'] {
  const { properties, required } = schemaOf(schema) as { properties?: Record<string, JsonSchema>; required?: readonly string[] };
  return Object.entries(properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (required ?? []).includes(name),
    schema: property,
  }));
}

/** `output`, because a number in a query is text only until it is parsed. */
function schemaOf(schema: z.ZodMiniType<unknown, unknown>): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output' });
  return rest;
}
