import { expect, test } from 'vitest';
import { nameEmoji } from './emoji-names.ts';

test.each([
  { tag: 'ar', names: { '🍋': 'ليمون', '🇯🇵': 'اليابان' } },
  { tag: 'ja', names: { '🍋': 'レモン', '🇯🇵': '日本' } },
])('emoji have their names in $tag, flags those of their countries', async ({ tag, names }) => {
  const { data, isNamed } = await nameEmoji(tag);
  const labels = new Map(data.emojis.map(({ emoji, label }) => [emoji, label]));
  for (const [emoji, name] of Object.entries(names)) expect([labels.get(emoji), isNamed(emoji)]).toEqual([name, true]);
  // With or without the sign that it is to be drawn in colour.
  expect(isNamed('❤️')).toBe(true);
  expect(isNamed('👍🏽')).toBe(true);
  expect(data.emojis.filter(({ emoji }) => !isNamed(emoji)).length).toBeLessThan(0.05 * data.emojis.length);
});

test('the English words find an emoji in every language, and what has no name there keeps that one', async () => {
  const english = await nameEmoji('en');
  const arabic = await nameEmoji('ar');
  for (const [index, { emoji, label, tags }] of english.data.emojis.entries()) {
    const other = arabic.data.emojis[index];
    expect(other?.emoji).toBe(emoji);
    expect([other?.label, ...(other?.tags ?? [])]).toEqual(expect.arrayContaining([label, ...tags]));
  }
  expect(english.isNamed('🍋')).toBe(true);
  expect(arabic.data.emojis.find(({ emoji }) => emoji === '👨‍👩‍👧‍👦')?.label).toBe('Family: man, woman, girl, boy');
});
