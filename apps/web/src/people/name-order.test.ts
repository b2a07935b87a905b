import type { Person } from '@parlour/sdk/client';
import { afterEach, expect, test } from 'vitest';
import { pickLanguage } from '../language/languages.ts';
import { speak } from '../language/say.ts';
import { inOrder } from './name-order.ts';

afterEach(() => speak(pickLanguage('en', []), {}));

const people = (...names: string[]) => names.map((displayName) => ({ displayName })) as Person[];
const names = (found: readonly Person[]) => found.map(({ displayName }) => displayName);

test('names stand in the order of the language, whatever their case and accents', () => {
  expect(names(inOrder(people('Zoe', 'ömer', 'Ana', 'Émile', 'eva')))).toEqual(['Ana', 'Émile', 'eva', 'ömer', 'Zoe']);
});

test('another language has another order', () => {
  const mixed = people('Ana', 'سارة', 'أحمد');
  expect(names(inOrder(mixed))).toEqual(['Ana', 'أحمد', 'سارة']);
  speak(pickLanguage('ar', []), {});
  expect(names(inOrder(mixed))).toEqual(['أحمد', 'سارة', 'Ana']);
});
