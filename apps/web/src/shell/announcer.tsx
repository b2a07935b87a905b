import type { ConversationSummary } from '@parlour/sdk/client';
import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { useConversations, useMe, usePeople, useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useRef, useState } from 'react';

const textLengthMax = 300;

/** The one place from which a screen reader hears of new messages: each of others once, never one's own, never what was there before. */
export function Announcer() {
  const conversations = useConversations();
  const people = usePeople();
  const me = useMe();
  const { synced } = useStatus();
  const heard = useRef<Map<ConversationId, Seq> | null>(null);
  const [words, setWords] = useState('');

  useEffect(() => {
    const known = heard.current;
    heard.current =
      synced || known !== null ? new Map(conversations.flatMap(({ id, last }) => (last?.seq == null ? [] : [[id, last.seq]]))) : null;
    if (known === null || !synced) return;
    const isNew = ({ id, last }: ConversationSummary) => last?.seq != null && last.author !== me?.id && last.seq > (known.get(id) ?? 0);
    const said = conversations.filter(isNew).flatMap(({ type, title, last }) => {
      if (last === null) return [];
      const author = people.get(last.author)?.displayName ?? 'Someone';
      const from = type === 'group' ? `${author} in ${title}` : author;
      return [`${from}: ${last.text.slice(0, textLengthMax)}`];
    });
    if (said.length > 0) setWords(said.join('\n'));
  }, [conversations, people, me, synced]);

  return (
    <div className="visually-hidden" aria-live="polite" data-announcer>
      {words}
    </div>
  );
}
