import { bodyOf } from '@parlour/core/conversation-log/entry';
import { currentMembers, isMember } from '@parlour/core/conversation-log/state';
import type { ConversationId, PersonId } from '@parlour/core/ids';
import type { ConversationSummary, ConversationView, ParlourClient, Timeline } from '../packages/sdk/src/client.ts';
import type { Store } from '../packages/sdk/src/store.ts';
import type { LogChecker } from './log-checker.ts';
import type { SentMessage } from './person.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { Tab } from './tab.ts';

/** What keeps a device from being where the server is. */
export type Difference = { readonly device: string; readonly conversation: ConversationId | null; readonly what: string };

/** Where one client runs: a tab of this world, or a device that talks with a real server. */
export type ClientPlace = {
  readonly actor: { readonly name: string };
  readonly device: { readonly person: { readonly knownId: PersonId } };
  readonly client: ParlourClient | null;
  readonly views: ReadonlyMap<ConversationId, ConversationView>;
  readonly openView: (conversation: ConversationId) => ConversationView | null;
  readonly sent: readonly SentMessage[];
};

/** Compares all that one client shows with what is durable. @returns null where there is no difference */
export function findDifference(tab: Omit<ClientPlace, 'sent'>, checker: LogChecker): Difference | null {
  const { client } = tab;
  const { person } = tab.device;
  const differ = (what: string, conversation: ConversationId | null = null): Difference => ({
    device: tab.actor.name,
    conversation,
    what,
  });
  if (!client) return differ('has not started');
  const status = client.status.get();
  if (status.connection.state !== 'online' || !status.synced) return differ(`is ${JSON.stringify(status)}`);
  const summaries = new Map(client.conversations.get().map((summary) => [summary.id, summary]));
  for (const conversation of checker.conversationsOf(person.knownId)) {
    const summary = summaries.get(conversation);
    if (!summary) return differ('does not have it in its list', conversation);
    const view = tab.views.get(conversation) ?? tab.openView(conversation);
    if (!view) return differ('has no view of it', conversation);
    const timeline = view.timeline.get();
    // A first page that could not be loaded is left to the person, who asks again.
    if (timeline.items.length === 0 && timeline.hasOlder && timeline.loading === null) void view.loadOlder();
    const what = differenceOf({ person: person.knownId, checker, conversation, summary, timeline });
    if (what) return differ(what, conversation);
  }
  return null;
}

type Shown = {
  readonly person: PersonId;
  readonly checker: LogChecker;
  readonly conversation: ConversationId;
  readonly summary: ConversationSummary;
  readonly timeline: Timeline;
};

function differenceOf({ person, checker, conversation, summary, timeline }: Shown): string | null {
  const log = checker.entriesOf(conversation).slice(0, checker.visibleHeadOf(conversation, person));
  const marker = checker.markerOf(conversation, person);
  const unread = checker.recountUnread(conversation, person, { readSeq: marker.readSeq, headSeq: log.length });
  const firstSeq = checker.firstSeqOf(conversation, person);
  const last = log.findLast(({ kind, seq }) => kind === 'message' && seq >= firstSeq);
  const lastText = last ? bodyOf('message', last).text : null;
  const facts: [what: string, shown: unknown, durable: unknown][] = [
    ['pending', summary.pendingCount, 0],
    ['failed', summary.failedCount, 0],
    ['head', timeline.headSeq, log.length],
    ['read', timeline.readSeq, marker.readSeq],
    ['unread in the list', summary.unread, unread],
    ['unread in the view', timeline.unread, unread],
    ['last message', summary.last?.text.slice(0, 99), lastText?.slice(0, 99)],
    [
      'end of the window',
      timeline.hasNewer ? 'elsewhere' : (timeline.items.at(-1)?.seq ?? 0),
      timeline.hasNewer ? 'elsewhere' : log.length,
    ],
  ];
  facts.push(...groupFacts({ person, checker, conversation, summary }));
  facts.push(...receiptFacts({ person, checker, conversation, summary, timeline }));
  const wrong = facts.find(([, shown, durable]) => shown !== durable);
  return wrong ? `shows ${wrong[0]}: ${wrong[1]}, where it is ${wrong[2]}` : null;
}

/** What the group is and what oneself is in it; of whoever left, as it was then. */
function groupFacts({
  person,
  checker,
  conversation,
  summary,
}: Omit<Shown, 'timeline'>): [what: string, shown: unknown, durable: unknown][] {
  const state = checker.stateOf(conversation);
  const { title, group, members } = state;
  if (!summary.group) return [];
  const member = members.get(person);
  const left = member?.stays.at(-1)?.leftFace ?? null;
  const face = left ?? { title, about: group.about, hue: group.hue };
  const facts: [what: string, shown: unknown, durable: unknown][] = [
    ['title', summary.title, face.title],
    ['about', summary.group.about, face.about],
    ['hue', summary.group.hue, face.hue],
    ['role', summary.group.role, left ? null : member?.role],
  ];
  if (left) return facts;
  return [
    ...facts,
    ['members', summary.memberCount, currentMembers(state).length],
    ['permissions', JSON.stringify(summary.group.permissions), JSON.stringify(group.permissions)],
    ['what newcomers see', summary.group.newcomersSee, group.newcomersSee],
  ];
}

function receiptFacts({ person, checker, conversation, summary, timeline }: Shown): [what: string, shown: number, durable: number][] {
  const facts: [what: string, shown: number, durable: number][] = [];
  const state = checker.stateOf(conversation);
  const isPutBack = checker.lostOf(conversation) !== null;
  const sums = { shown: 0, durable: 0 };
  // Whoever was taken out is told nothing more of the others.
  for (const other of isMember(state, person) ? currentMembers(state) : []) {
    if (other === person) continue;
    const { toldSeq, receivedSeq } = checker.markerOf(conversation, other);
    const shown = timeline.receipts.find((receipt) => receipt.person === other);
    // Of somebody who has just joined nothing was told yet; they have received their own joining, and no message.
    if (!shown && toldSeq === 0 && summary.type === 'group') continue;
    const { readSeq: shownRead, receivedSeq: shownReceived } = shown ?? { readSeq: 0, receivedSeq: 0 };
    sums.shown += shownRead + shownReceived;
    sums.durable += toldSeq + receivedSeq;
    // What a store that was put back does not know any more of them stays true.
    facts.push(
      [`read by ${other}`, isPutBack ? Math.min(shownRead, toldSeq) : shownRead, toldSeq],
      [`received by ${other}`, isPutBack ? Math.min(shownReceived, receivedSeq) : shownReceived, receivedSeq],
    );
  }
  // Lists are compared by sums: there one whose later mark was lost makes up for one whose mark was missed, until either marks again.
  return isPutBack && sums.shown === sums.durable ? [] : facts;
}

export type StoringDevice = {
  readonly name: string;
  readonly person: { readonly knownId: PersonId };
  readonly storage: { readonly held: Pick<Store, 'transact'> };
};

/** What is stored on the device, entry by entry: it must be a piece of the log. */
export async function findStoredDifference(device: StoringDevice, checker: LogChecker): Promise<Difference | null> {
  const differ = (what: string, conversation: ConversationId | null): Difference => ({ device: device.name, conversation, what });
  const stored = await device.storage.held.transact(async (transaction) => ({
    tails: await transaction.scan('tails'),
    entries: await transaction.scan('entries'),
    outbox: await transaction.scan('outbox'),
  }));
  for (const [, item] of stored.outbox) return differ(`still keeps ${item.text} to be sent`, item.conversation);
  for (const [key, tail] of stored.tails) {
    const conversation = key as ConversationId;
    const log = checker.entriesOf(conversation).slice(0, checker.visibleHeadOf(conversation, device.person.knownId));
    const head = log.at(-1);
    if (tail.position.seq !== log.length || tail.position.chain !== head?.chain) {
      return differ(`stores a tail up to ${tail.position.seq}, where the log has ${log.length}`, conversation);
    }
    const held = stored.entries.filter(([entryKey]) => entryKey.startsWith(conversation)).map(([, entry]) => entry);
    if (held.length !== tail.position.seq - tail.before.seq) {
      const seqs = held.map(({ seq }) => seq);
      const range = `${Math.min(...seqs)} to ${Math.max(...seqs)}`;
      return differ(`stores ${held.length} entries, ${range}, of a tail after ${tail.before.seq} up to ${tail.position.seq}`, conversation);
    }
    const foreign = held.find(({ seq, chain }) => log[seq - 1]?.chain !== chain);
    if (foreign) return differ(`stores an entry that is not the log’s: seq ${foreign.seq}`, conversation);
  }
  return null;
}

/** Personal state: the same on each device of a person as on the server, and something that was written. */
export async function findRegisterDifference(tab: Tab, disk: SimulatedDisk): Promise<Difference | null> {
  const { client } = tab;
  const { person } = tab.device;
  for (const summary of client?.conversations.get() ?? []) {
    const [register] = await disk.registers.loadRegisters(person.knownId, [`draft:${summary.id}`]);
    const durable = register?.value ? (JSON.parse(register.value) as { text: string }).text : null;
    const differ = (what: string): Difference => ({ device: tab.actor.name, conversation: summary.id, what });
    if (summary.draft !== durable) return differ(`shows draft ${summary.draft}, where it is ${durable}`);
    if (durable !== null && !person.drafts.get(summary.id)?.has(durable)) return differ(`has a draft that nobody wrote: ${durable}`);
  }
  const [lastSeen] = await disk.registers.loadRegisters(person.knownId, ['settings.last_seen']);
  const shown = client?.settings.get().lastSeen;
  const isTold = lastSeen?.value !== 'false';
  if (shown === isTold) return null;
  return { device: tab.actor.name, conversation: null, what: `shows last seen ${shown}, where it is ${isTold}` };
}

/** Every message that was sent: once in the log where it was promised, in the order in which it was sent. */
export function findLostMessage(tab: Pick<ClientPlace, 'actor' | 'device' | 'sent'>, checker: LogChecker): Difference | null {
  const lastSeqs = new Map<string, number>();
  for (const { conversation, text, storageLife, mayChangePlace, outcome, mayBeLost, isGivenUp } of tab.sent) {
    const differ = (what: string): Difference => ({ device: tab.actor.name, conversation, what: `${what}: ${text}` });
    const found = checker.findText(text);
    if (!found) {
      // What the server lost shows by its place, which whoever was taken out and came back may not see any more.
      const isHidden = mayChangePlace && checker.wasTakenOut(conversation, tab.device.person.knownId);
      if (outcome === 'kept' && !mayBeLost && !isGivenUp && !isHidden) return differ('lost a message that it had promised to send');
      continue;
    }
    if (outcome === 'refused') return differ('sent a message that it had refused');
    if (found.conversation !== conversation) return differ('sent a message elsewhere');
    // What was discarded and is found again, as the device died before it had written so, stands behind what was said since.
    if (mayChangePlace || isGivenUp) continue;
    const order = `${conversation} ${storageLife}`;
    if (found.entry.seq < (lastSeqs.get(order) ?? 0)) return differ('sent a message out of order');
    lastSeqs.set(order, found.entry.seq);
  }
  return null;
}
