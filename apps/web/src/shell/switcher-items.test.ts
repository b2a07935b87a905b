import type { ConversationSummary, Me, Person } from '@parlour/sdk/client';
import { expect, test } from 'vitest';
import { switcherItems } from './switcher-items.ts';

const person = (name: string) =>
  ({ id: `id of ${name}`, handle: name.toLowerCase(), displayName: name, about: '', placeholder: false }) as Person;
const me = { ...person('Ana'), login: 'login' } as Me;
const direct = (peer: Person) =>
  ({ id: `with ${peer.displayName}`, type: 'direct', peer, title: peer.displayName, unread: 2 }) as ConversationSummary;
const group = { id: 'group', type: 'group', peer: null, title: 'Book club', unread: 0 } as unknown as ConversationSummary;

test('[X-29] conversations as recent as they are, then notes to oneself, then people one has not spoken with; each once', () => {
  const [mara, tomas] = [person('Mara'), person('Tomas')];
  const items = switcherItems([group, direct(mara)], [me, mara, tomas], me);
  expect(items.map(({ title }) => title)).toEqual(['Book club', 'Mara', 'Notes to self', 'Tomas']);
  expect(items.map(({ to }) => to)).toEqual([
    { conversation: 'group' },
    { conversation: 'with Mara' },
    { person: me.id },
    { person: tomas.id },
  ]);
  expect(items[1]).toMatchObject({ note: '@mara', texts: ['Mara', 'mara'], unread: 2 });
});

test('[X-29] notes to oneself that were begun stand where they are among the others', () => {
  const items = switcherItems([direct(me), group], [me], me);
  expect(items.map(({ title, note }) => [title, note])).toEqual([
    ['Notes to self', ''],
    ['Book club', ''],
  ]);
});
