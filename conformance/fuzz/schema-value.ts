import { digestPattern, idPattern } from '@parlour/core/ids';
import type { SeededRandom } from './seeded-random.ts';

/** A part of a JSON Schema, as far as the protocol's schemas need it. */
export type JsonSchema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  /** As `anyOf`: of these no two take the same. */
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
};

/** What the server knows of, so that not everything that is made up is nothing to it. */
export type Pool = { readonly ids: readonly string[]; readonly chains: readonly string[]; readonly seqs: readonly number[] };

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Without q: nothing that is made here is the beginning of a name that begins with it. */
export const letters = 'abcdefghijklmnoprstuvwxyz';
/** A number is small more often than not, and a text short. */
const usualMax = 300;
const atTheBound = 0.05;

/** Makes what the schema takes. Optional keys are there half of the time. */
export function makeValue(schema: JsonSchema, random: SeededRandom, pool: Pool): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return makeValue(random.pick(alternatives), random, pool);
  switch (schema.type) {
    case 'object': {
      const keys = Object.entries(schema.properties ?? {}).filter(([key]) => schema.required?.includes(key) || random.chance(0.5));
      return Object.fromEntries(keys.map(([key, part]) => [key, makeValue(part, random, pool)]));
    }
    case 'array':
      return Array.from({ length: lengthOf(schema.minItems ?? 0, schema.maxItems ?? 8, 5, random) }, () =>
        makeValue(schema.items ?? {}, random, pool),
      );
    case 'string':
      return makeText(schema, random, pool);
    case 'integer':
    case 'number':
      return makeNumber(schema, random, pool);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      throw new TypeError(`cannot make what this schema takes: ${JSON.stringify(schema)}`);
  }
}

/** The least and the greatest that there may be, both included. */
export function boundsOf({ minimum, exclusiveMinimum, maximum }: JsonSchema): readonly [number, number] {
  return [minimum ?? (exclusiveMinimum === undefined ? Number.MIN_SAFE_INTEGER : exclusiveMinimum + 1), maximum ?? Number.MAX_SAFE_INTEGER];
}

function makeNumber(schema: JsonSchema, random: SeededRandom, pool: Pool): number {
  const [min, max] = boundsOf(schema);
  if (random.chance(atTheBound)) return random.pick([min, max]);
  const known = pool.seqs.filter((seq) => seq >= min && seq <= max);
  if (known.length > 0 && random.chance(0.5)) return random.pick(known);
  return random.between(Math.max(min, -usualMax), Math.min(max, usualMax));
}

function makeText(schema: JsonSchema, random: SeededRandom, pool: Pool): string {
  const { pattern, format, minLength = 0, maxLength = usualMax } = schema;
  if (format === 'email') return `${random.text(letters, 8)}@fuzz.example`;
  if (pattern === idPattern.source) return random.chance(0.8) ? random.pick(pool.ids) : `0${random.text(crockford, 25)}`;
  if (pattern === digestPattern.source) return random.chance(0.7) ? random.pick(pool.chains) : `${random.text(base64url, 21)}A`;
  if (pattern?.endsWith('{52}$')) return random.text(crockford, 52);
  if (pattern?.startsWith('^[a-z][')) return random.text(letters, lengthOf(1, maxLength, 6, random));
  if (pattern !== undefined) throw new TypeError(`cannot make a text for ${pattern}: teach it here`);
  return random.text(letters, lengthOf(minLength, maxLength, 20, random));
}

function lengthOf(min: number, max: number, usual: number, random: SeededRandom): number {
  if (random.chance(atTheBound)) return random.pick([min, max]);
  return random.between(min, Math.max(min, Math.min(max, min + usual)));
}
