import { boundsOf, type JsonSchema, letters } from './schema-value.ts';
import type { SeededRandom } from './seeded-random.ts';

const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u200b\ufeff',
  'a\u0301'.repeat(50),
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00%2e%2e',
  "' or 1=1 --",
  '"; drop table entry; --',
  '<script>alert(1)</script>',
  '{{7*7}}#{7*7}',
  '\r\nSet-Cookie: a=b',
  '{"$gt":""}',
  '9'.repeat(400),
  '😀'.repeat(100),
];
const wrongTypes: readonly unknown[] = [null, true, 0, -1, 1.5, '', 'x', [], {}, [[]], { a: 1 }];
const numbers: readonly number[] = [-1, 0, 0.5, -0, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324];
const extraKeys: readonly string[] = ['extra', '__proto__', 'constructor', 'toString', 'kind ', 'ID', '$where', ''];

type Node = { readonly schema: JsonSchema; readonly value: unknown; readonly set: (value: unknown) => void };

/** Breaks one thing of a value that its schema takes, or takes it to a bound; now and then it stays valid. @returns what is left of it */
export function spoil(value: unknown, schema: JsonSchema, random: SeededRandom): unknown {
  const root = { held: structuredClone(value) };
  const nodes: Node[] = [];
  collect({ schema, value: root.held, set: (next) => Object.assign(root, { held: next }) }, nodes);
  const node = random.pick(nodes);
  if (random.chance(0.2)) node.set(random.pick(wrongTypes));
  else spoilNode(node, random);
  return root.held;
}

function collect(node: Node, nodes: Node[]): void {
  nodes.push(node);
  const { schema, value } = node;
  if (Array.isArray(value)) {
    for (const [index, item] of value.slice(0, 4).entries()) {
      collect({ schema: schema.items ?? {}, value: item, set: (next) => value.splice(index, 1, next) }, nodes);
    }
  } else if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>;
    const { properties } = alternativeFor(object, schema);
    for (const [key, item] of Object.entries(object)) {
      collect({ schema: properties?.[key] ?? {}, value: item, set: (next) => Object.assign(object, { [key]: next }) }, nodes);
    }
  }
}

/** Of several the one of the same kind. */
function alternativeFor(object: Record<string, unknown>, schema: JsonSchema): JsonSchema {
  return schema.oneOf?.find(({ properties }) => properties?.kind?.const === object.kind) ?? schema;
}

function spoilNode({ schema, value, set }: Node, random: SeededRandom): void {
  if (Array.isArray(value)) return set(spoilList(value, schema, random));
  if (typeof value === 'object' && value !== null) return spoilObject(value as Record<string, unknown>, set, random);
  if (typeof value === 'number') {
    const [min, max] = boundsOf(schema);
    return set(random.pick([min, max, min - 1, max + 1, ...numbers]));
  }
  if (typeof value === 'string') return set(spoilText(value, schema, random));
  set(random.pick(wrongTypes));
}

function spoilList(value: readonly unknown[], { minItems = 0, maxItems }: JsonSchema, random: SeededRandom): unknown {
  const ofLength = (length: number) => Array.from({ length }, (_, index) => value[index % Math.max(1, value.length)]);
  const lengths = [0, Math.max(0, minItems - 1), minItems, ...(maxItems === undefined ? [] : [maxItems, maxItems + 1])];
  return random.chance(0.8) ? ofLength(random.pick(lengths)) : [...value, ...value];
}

function spoilObject(value: Record<string, unknown>, set: (value: unknown) => void, random: SeededRandom): void {
  const keys = Object.keys(value);
  if (keys.length > 0 && random.chance(0.5)) {
    delete value[random.pick(keys)];
    return;
  }
  // As JSON has it: this key, too, is an own one there.
  const entries = [...Object.entries(value), [random.pick(extraKeys), random.pick(wrongTypes)]];
  set(Object.fromEntries(entries));
}

function spoilText(value: string, { minLength = 0, maxLength, pattern }: JsonSchema, random: SeededRandom): string {
  if (pattern !== undefined && random.chance(0.5))
    return random.pick([value.toUpperCase(), `${value}0`, value.slice(1), `${value}\n`, ` ${value}`]);
  const lengths = [Math.max(0, minLength - 1), minLength, ...(maxLength === undefined ? [] : [maxLength, maxLength + 1])];
  return random.chance(0.5) ? random.text(letters, random.pick(lengths)) : random.pick(hostileTexts);
}

/** Breaks the text itself, so that it may be no JSON any more. */
export function spoilJson(text: string, random: SeededRandom): string {
  const at = random.between(0, text.length);
  switch (random.between(0, 8)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text + text;
    case 3:
      return text.slice(0, at) + random.pick(['"', '{', '}', '[', ',', '\\', '\u0000', 'null', '1e999']) + text.slice(at);
    case 4:
      return `${'['.repeat(random.between(1, 20_000))}${text}`;
    case 5:
      return text.replace(
        /:(\d+)/,
        (_, digits: string) => `:${random.pick([`${digits}${'0'.repeat(400)}`, '-0', `${digits}.0`, '1e400', 'NaN', '0x10'])}`,
      );
    case 6:
      // A key twice: the last one counts.
      return text.replace('{', `{"id":${random.between(1, 9)},"kind":"ping",`);
    case 7:
      return `\ufeff${text}`;
    default:
      return random.text('{}[]",:0123456789truefalsn\\ ', random.between(0, 60));
  }
}
