import type { ConversationSummary, Me, Person } from '@parlour/sdk/client';
import type { ConversationId, PersonId } from '@parlour/sdk-react/ids';
import { say } from '../language/say.ts';
import { inOrder } from '../people/name-order.ts';
import type { Candidate } from './fuzzy-rank.ts';

/** What the switcher leads to. */
export type SwitcherItem = Candidate & {
  readonly key: string;
  readonly title: string;
  readonly note: string;
  /** Whose colour it has; null for what one writes to oneself. */
  readonly colourOf: string | null;
  readonly unread: number;
  readonly to: { readonly conversation: ConversationId } | { readonly person: PersonId };
};

/** Conversations, the most recent first; then, by name, the people whom this device knows and who have none yet. */
export function switcherItems(conversations: readonly ConversationSummary[], people: Iterable<Person>, me: Me | null): SwitcherItem[] {
  const spokenTo = new Set(conversations.flatMap(({ type, peer }) => (type === 'direct' && peer !== null ? [peer.id] : [])));
  const others = inOrder([...people].filter(({ id }) => !spokenTo.has(id) && id !== me?.id));
  const notes = me === null || spokenTo.has(me.id) ? [] : [notesItem(me, { person: me.id })];
  return [...conversations.map((summary) => conversationItem(summary, me)), ...notes, ...others.map(personItem)];
}

function conversationItem({ id, peer, title, unread }: ConversationSummary, me: Me | null): SwitcherItem {
  if (peer !== null && peer.id === me?.id) return notesItem(me, { conversation: id });
  const name = title || say('Conversation');
  const handle = peer?.handle ?? '';
  return {
    key: id,
    title: name,
    note: handle === '' ? '' : `@${handle}`,
    colourOf: peer?.id ?? id,
    unread,
    texts: handle === '' ? [name] : [name, handle],
    to: { conversation: id },
  };
}

export function personItem({ id, displayName, handle }: Person): SwitcherItem {
  return {
    key: id,
    title: displayName,
    note: handle === '' ? '' : `@${handle}`,
    colourOf: id,
    unread: 0,
    texts: [displayName, handle],
    to: { person: id },
  };
}

function notesItem({ id }: Me, to: SwitcherItem['to']): SwitcherItem {
  const title = say('Notes to self');
  return { key: id, title, note: '', colourOf: null, unread: 0, texts: [title], to };
}
