import { expect, test } from 'vitest';
import { invitationLink, isLoopback } from './invitation-link.ts';

test('an invitation leads to where the page is, or to where the server says that others reach it', () => {
  expect(invitationLink('mara.l', 'http://192.168.1.7:7420', null)).toBe('http://192.168.1.7:7420/with/mara.l');
  expect(invitationLink('mara.l', 'http://127.0.0.1:7420', { publicUrl: 'https://chat.example.org/' })).toBe(
    'https://chat.example.org/with/mara.l',
  );
  expect(new URL(invitationLink('марина', 'https://a.example', null)).pathname).toBe(`/with/${encodeURIComponent('марина')}`);
});

test.each([
  ['http://127.0.0.1:7420/with/a', true],
  ['http://localhost:7420', true],
  ['http://[::1]:7420', true],
  ['http://192.168.1.7:7420', false],
  ['https://127.example.org', false],
])('%s leads back to the machine that opens it: %s', (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});
