import { expect, test } from 'vitest';
import { DeviceMemory } from './device-memory.ts';

/** A browser's storage, as far as it is used. */
function shelfOf(held = new Map<string, string>()) {
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
    key: (index: number) => [...held.keys()][index] ?? null,
    get length() {
      return held.size;
    },
  };
}

test('what is remembered is recalled, and gone once its person is', () => {
  const held = new Map([['theme', 'dark']]);
  const memory = new DeviceMemory(() => shelfOf(held));
  memory.remember('emoji', ['🍋']);
  memory.remember('places', { a: 1 });
  expect(memory.recall('emoji')).toEqual(['🍋']);
  memory.forgetAll();
  expect(memory.recall('emoji')).toBeUndefined();
  expect(memory.recall('places')).toBeUndefined();
  expect([...held]).toEqual([['theme', 'dark']]);
});

test('a browser that forbids storage, has no room, or holds something else remembers nothing and breaks nothing', () => {
  const forbidden = new DeviceMemory(() => {
    throw new DOMException('The operation is insecure', 'SecurityError');
  });
  const full = new DeviceMemory(() => ({
    ...shelfOf(),
    length: 0,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  }));
  for (const memory of [forbidden, full]) {
    memory.remember('emoji', []);
    expect(memory.recall('emoji')).toBeUndefined();
    memory.forgetAll();
  }
  expect(new DeviceMemory(() => shelfOf(new Map([['parlour.person.emoji', '{']]))).recall('emoji')).toBeUndefined();
});
