import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { describe, expect, test } from 'vitest';
import arabic from './catalogs/ar.json' with { type: 'json' };
import japanese from './catalogs/ja.json' with { type: 'json' };
import { readMessage } from './source-message.ts';

/** Without what stands for "nothing" in either. */
const plain = (tokens: unknown) => JSON.parse(JSON.stringify(tokens)) as unknown;

describe.each([
  { of: 'English', messages: Object.keys(arabic) },
  { of: 'Arabic', messages: Object.values(arabic) },
  { of: 'Japanese', messages: Object.values(japanese) },
])('$of', ({ messages }) => {
  test('every message is read as the compiler of catalogs reads it', () => {
    expect(messages.length).toBeGreaterThan(200);
    for (const message of messages) expect(plain(readMessage(message))).toEqual(plain(compileMessageOrThrow(message)));
  });
});
