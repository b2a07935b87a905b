import type { ConversationSummary, Person } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import { useConversations, usePeople, useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useRef } from 'react';
import { tellServiceWorker } from '../program/service-worker-link.ts';
import { parseRoute, presentRoute } from '../routing/route.ts';
import { useRouter } from '../routing/router.tsx';
import type { MessageToPage } from '../service-worker/messages.ts';
import { useDeviceChoices } from '../settings/device-choices.ts';
import { presentNotice } from './present-notice.ts';
import { isQuiet } from './quiet.ts';
import { playArrival } from './sound.ts';
import { useArrivals } from './use-arrivals.ts';

/** Of a browser's tabs the one that leads sounds and tells the system, so that each message is told of once. */
export function useNotices(): void {
  const { role } = useStatus();
  const { sounds, notifications } = useDeviceChoices();
  const people = usePeople();
  const { route } = useRouter();
  const leads = role === 'leader';
  useArrivals((all) => {
    const arrived = all.filter((summary) => !isQuiet(summary));
    if (!leads || arrived.length === 0) return;
    const isInView = ({ id }: ConversationSummary) =>
      document.visibilityState === 'visible' && route.at === 'conversation' && route.conversation === id;
    if (sounds && !arrived.every(isInView)) playArrival();
    if (notifications && document.visibilityState === 'hidden') for (const summary of arrived) notify(summary, people);
  });
  useDismissals(leads);
  useOpening();
}

function notify(summary: ConversationSummary, people: ReadonlyMap<PersonId, Person>): void {
  const { last, id } = summary;
  if (last?.seq == null) return;
  const path = presentRoute({ at: 'conversation', conversation: id, seq: last.seq });
  void tellServiceWorker({ kind: 'notify', tag: id, path, ...presentNotice(summary, people.get(last.author)?.displayName ?? null) });
}

/** What was read, on whatever device, is told of no longer. */
function useDismissals(leads: boolean): void {
  const conversations = useConversations();
  const before = useRef(new Map<string, number>());
  useEffect(() => {
    const read = conversations.filter(({ id, unread }) => unread === 0 && before.current.get(id) !== 0);
    before.current = new Map(conversations.map(({ id, unread }) => [id, unread]));
    if (leads && read.length > 0) void tellServiceWorker({ kind: 'dismiss', tags: read.map(({ id }) => id) });
  }, [conversations, leads]);
  // Whoever has logged out is told of nothing.
  useEffect(() => () => void tellServiceWorker({ kind: 'dismiss', tags: [...before.current.keys()] }), []);
}

/** Somebody pressed a notification, and this is the page that is open. */
function useOpening(): void {
  const { navigate } = useRouter();
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return;
    const { serviceWorker } = navigator;
    const open = ({ data }: MessageEvent<MessageToPage>) => {
      if (data.kind === 'open') navigate(parseRoute(data.path));
    };
    serviceWorker.addEventListener('message', open);
    // What came before anybody listened is handed out now.
    serviceWorker.startMessages();
    return () => serviceWorker.removeEventListener('message', open);
  }, [navigate]);
}
