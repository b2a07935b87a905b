import type { ConversationId, PersonId } from '@parlour/core/ids';
import type { ConversationView, ParlourClient } from '@parlour/sdk/client';
import { waitUntil } from './condition.ts';
import { type CountedConversation, countUnread, type Recount, recount } from './recount.ts';

/** What one device shows, wherever it was read from: a client's state, or a page. */
export type DeviceShown = {
  readonly name: string;
  readonly person: PersonId;
  /** In the order of the list. */
  readonly conversations: readonly ConversationShown[];
};

/** `messages`: all there are, oldest first, each as `seq key`; null where they were not looked at. */
export type ConversationShown = {
  readonly id: ConversationId;
  readonly unread: number;
  readonly waiting: number;
  readonly last: string | null;
  readonly messages: readonly string[] | null;
};

export type AgreeingDevice = { readonly name: string; readonly person: PersonId; readonly client: ParlourClient };

const convergeMs = 120_000;

/** What is held: by a data folder, or as whoever else holds it tells. */
type Held = string | (() => Promise<Recount>);

/**
 * Every device's list, unread counts and message ids equal a recount of what the server holds, nothing waits to be sent, and every log is
 * sound. Devices that are still catching up are given time.
 * @throws with the first difference that stays
 * @returns the recount they agree with
 */
export async function expectAgreement(
  held: Held,
  devices: readonly AgreeingDevice[],
  { withinMs = convergeMs }: { readonly withinMs?: number } = {},
): Promise<Recount> {
  const count = async () => (typeof held === 'string' ? recount(held) : held());
  let counted = await count();
  await waitUntil(async () => {
    counted = await count();
    const away = devices.find(({ client }) => client.status.get().connection.state !== 'online');
    if (away) return `${away.name} is not connected`;
    const lists = devices.map((device) => findDifference(counted, listShownBy(device)));
    const different = lists.find((difference) => difference !== null);
    if (different) return different;
    for (const device of devices) {
      const difference = findDifference(counted, await allShownBy(device));
      if (difference) return difference;
    }
    return null;
  }, withinMs);
  return counted;
}

/** @returns in words what is different, or null */
export function findDifference({ faults, listOf }: Recount, { name, person, conversations }: DeviceShown): string | null {
  const [fault] = faults;
  if (fault) return `${fault.where}, seq ${fault.seq}: ${fault.what} (${faults.length} faults in all)`;
  const held = listOf(person);
  const [shownIds, heldIds] = [conversations.map(({ id }) => id), held.map(({ id }) => id)];
  const place = heldIds.findIndex((id, index) => shownIds[index] !== id);
  if (place >= 0 || shownIds.length !== heldIds.length) {
    const where = place >= 0 ? place : heldIds.length;
    return `${name}: its list has ${shownIds.length} conversations and ${shownIds[where]} in place ${where}; the server's has ${heldIds.length} and ${heldIds[where]}`;
  }
  for (const [index, conversation] of held.entries()) {
    const shown = conversations[index];
    const difference = shown ? differenceIn(conversation, shown, person) : 'it is not shown';
    if (difference) return `${name}, conversation ${conversation.id}: ${difference}`;
  }
  return null;
}

function differenceIn(held: CountedConversation, shown: ConversationShown, person: PersonId): string | null {
  const unread = countUnread(held, person);
  if (shown.waiting !== 0) return `${shown.waiting} messages wait to be sent`;
  if (shown.unread !== unread) return `it shows ${shown.unread} unread, where ${unread} are`;
  const last = held.entries.findLast(({ text }) => text !== null)?.text ?? null;
  // A list shows the beginning of a long text.
  if (last === null ? shown.last !== null : shown.last === null || !last.startsWith(shown.last.slice(0, 99))) {
    return `it shows "${shown.last}" as the last message, where "${last}" is`;
  }
  if (shown.messages === null) return null;
  const ids = held.entries.map(({ seq, key }) => `${seq} ${key}`);
  const place = ids.findIndex((id, index) => shown.messages?.[index] !== id);
  if (place >= 0) return `its entry ${place + 1} is ${shown.messages[place] ?? 'missing'}, where the log has ${ids[place]}`;
  return shown.messages.length > ids.length ? `it shows ${shown.messages[ids.length]}, which the log does not have` : null;
}

function listShownBy({ name, person, client }: AgreeingDevice): DeviceShown {
  const conversations = client.conversations.get().map(({ id, unread, pendingCount, last }) => {
    return { id, unread, waiting: pendingCount, last: last?.text ?? null, messages: null };
  });
  return { name, person, conversations };
}

/** All that a client shows when one scrolls back as far as it goes. */
export async function allShownBy(device: AgreeingDevice): Promise<DeviceShown> {
  const { conversations, ...rest } = listShownBy(device);
  const whole: ConversationShown[] = [];
  for (const shown of conversations) whole.push({ ...shown, messages: await messagesShownIn(device.client, shown.id) });
  return { ...rest, conversations: whole };
}

/** Pages back to the beginning, as a person would who scrolls; what is far behind the end leaves the window meanwhile. */
async function messagesShownIn(client: ParlourClient, conversation: ConversationId): Promise<readonly string[] | null> {
  const view = client.conversation(conversation);
  try {
    await view.jumpTo('last');
    const pages = [idsShownBy(view)];
    for (let beforeSeq = -1; view.timeline.get().hasOlder && firstSeqOf(view) !== beforeSeq; ) {
      beforeSeq = firstSeqOf(view);
      await view.loadOlder();
      const older = view.timeline.get().items.filter(({ seq }) => seq < beforeSeq);
      pages.unshift(older.map(({ seq, key }) => `${seq} ${key}`));
    }
    // A device without a network has only what it keeps; one that has it is at the beginning now, or is asked again.
    return view.timeline.get().hasOlder && client.status.get().connection.state !== 'online' ? null : pages.flat();
  } finally {
    view.close();
  }
}

function idsShownBy(view: ConversationView): string[] {
  return view.timeline.get().items.map(({ seq, key }) => `${seq} ${key}`);
}

function firstSeqOf(view: ConversationView): number {
  return view.timeline.get().items[0]?.seq ?? 0;
}
