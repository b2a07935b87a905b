import { clientFrames } from '@parlour/protocol/client-frame';
import { type Route, routes } from '@parlour/protocol/http/routes';
import { jsonSchemaOf } from '@parlour/protocol/json-schema';
import { describe, expect, test } from 'vitest';
import { makeFrame, verdictOf } from './fuzzed-socket.ts';
import { makeValue } from './schema-value.ts';
import { SeededRandom } from './seeded-random.ts';
import { spoil, spoilJson } from './spoiling.ts';

const pool = { ids: ['0'.repeat(26), `7${'z'.repeat(25)}`], chains: ['A'.repeat(22)], seqs: [0, 1, 2] };
const madeCount = 300;

describe('what is made', () => {
  test.each(Object.entries(clientFrames))('%s is taken by its schema', (_, schema) => {
    const random = new SeededRandom(1);
    for (let count = 0; count < madeCount; count++) {
      const value = makeValue(jsonSchemaOf(schema), random, pool);
      expect(schema.safeParse(value).error?.issues ?? []).toEqual([]);
    }
  });

  test.each(Object.entries(routes) as [string, Route][])(
    'a body for %s is taken by its schema, or by none of its further rules',
    (_, { body }) => {
      const random = new SeededRandom(2);
      const made = Array.from({ length: madeCount }, () =>
        body ? body.safeParse(makeValue(jsonSchemaOf(body), random, pool)).success : true,
      );
      expect(made.filter(Boolean).length).toBeGreaterThan(madeCount / 4);
    },
  );

  test('every kind of frame comes', () => {
    const random = new SeededRandom(3);
    const kinds = new Set(Array.from({ length: madeCount }, () => makeFrame(random, pool).kind));
    expect([...kinds].sort()).toEqual(Object.keys(clientFrames).sort());
  });

  test('the same seed makes the same, another does not', () => {
    const made = (seed: number) => {
      const random = new SeededRandom(seed, 1);
      return JSON.stringify(Array.from({ length: 50 }, () => makeFrame(random, pool)));
    };
    expect(made(7)).toBe(made(7));
    expect(made(7)).not.toBe(made(8));
  });
});

describe('what is spoilt', () => {
  const spoilt = (kind: keyof typeof clientFrames) => {
    const random = new SeededRandom(4);
    const schema = jsonSchemaOf(clientFrames[kind]);
    return Array.from({ length: 2_000 }, () => {
      const text = JSON.stringify(spoil(makeValue(schema, random, pool), schema, random)) ?? '';
      return random.chance(0.2) ? spoilJson(text, random) : text;
    });
  };

  test('is refused more often than not, now and then at the bound still taken, and the verdict names the code', () => {
    const verdicts = Map.groupBy(spoilt('send'), verdictOf);
    expect(verdicts.get(4200)?.length).toBeGreaterThan(1_000);
    expect(verdicts.get(4201)?.length).toBeGreaterThan(10);
    expect(verdicts.get('frame')?.length).toBeGreaterThan(50);
  });

  test('goes one past every bound of a schema', () => {
    const texts = spoilt('pull');
    for (const wrong of ['"limit":201', '"limit":0', '"fromSeq":0', '"untilSeq":9007199254740992', '"id":0']) {
      expect(texts.some((text) => text.includes(wrong))).toBe(true);
    }
  });
});
