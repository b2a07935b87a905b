import { expect, test } from 'vitest';
import { parseDeviceChoices } from './device-choices.ts';

const usual = { theme: 'system', density: 'comfortable', language: 'system', sounds: false, notifications: false };

test('what was chosen is read', () => {
  const chosen = { theme: 'dark', density: 'compact', language: 'ja', sounds: true, notifications: true };
  expect(parseDeviceChoices(JSON.stringify(chosen))).toEqual(chosen);
});

test.each([null, '', '{', 'null', '7', '[]', '{"theme":"purple","density":1,"language":null,"sounds":"yes"}'])(
  'what cannot be chosen is as usual: %s',
  (text) => {
    expect(parseDeviceChoices(text)).toEqual(usual);
  },
);
