import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { expect, test } from 'vitest';
import { parsePlaces, withPlace } from './reading-place.ts';

const idOf = (name: string) => name as ConversationId;
const place = { seq: 9 as Seq, offsetPx: -12 };

test('[X-19] a place is remembered for each conversation, and forgotten at the end of it', () => {
  const places = withPlace(withPlace({}, idOf('a'), place), idOf('b'), { ...place, offsetPx: 3 });
  expect(places).toEqual({ a: place, b: { ...place, offsetPx: 3 } });
  expect(withPlace(places, idOf('a'), null)).toEqual({ b: { ...place, offsetPx: 3 } });
});

test('of very many places those left longest ago are forgotten', () => {
  let places = {};
  for (let index = 0; index < 300; index += 1) places = withPlace(places, idOf(`c${index}`), place);
  expect(Object.keys(places)).toHaveLength(200);
  expect(Object.keys(places).at(-1)).toBe('c299');
});

test.each([undefined, null, 'x', 3, { a: 1 }, { a: { seq: 0, offsetPx: 0 } }, { a: { seq: 1 } }, { a: { seq: '1', offsetPx: 1 } }])(
  '%j holds no places',
  (remembered) => {
    expect(parsePlaces(remembered)).toEqual({});
  },
);
