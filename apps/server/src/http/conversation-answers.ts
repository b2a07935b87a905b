import { currentMembers, isMember } from '@parlour/core/conversation-log/state';
import type { Digest16, Environment } from '@parlour/core/environment';
import { isRefusal, refuse } from '@parlour/core/errors';
import type { ConversationId, DeviceId, PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { nothingRead } from '@parlour/core/marker';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Directory } from '../ports/directory.ts';
import type { LogStore } from '../ports/log-store.ts';
import { presentEntries } from '../present/present-entry.ts';
import { presentEvidence } from '../present/present-evidence.ts';
import { presentPerson, presentReceipt, presentRow } from '../present/present-row.ts';
import type { Identity } from '../usecases/authenticate.ts';
import { createGroup } from '../usecases/create-group.ts';
import type { EvidenceLimits } from '../usecases/evidence-limits.ts';
import { exportEvidence } from '../usecases/export-evidence.ts';
import { listConversations, lookUpConversations } from '../usecases/list-conversations.ts';
import { listBans, listMembers } from '../usecases/list-members.ts';
import { loadRange } from '../usecases/load-range.ts';
import { markConversation } from '../usecases/mark-conversation.ts';
import { type ConversationForReader, openConversationAs } from '../usecases/open-conversation.ts';
import { openDirect } from '../usecases/open-direct.ts';
import type { PersonSettings } from '../usecases/person-settings.ts';
import type { RateLimit } from '../usecases/rate-limit.ts';
import { type OperationToSend, sendOperations } from '../usecases/send-operations.ts';
import type { ConversationUsecases } from './usecases.ts';

export type ConversationTools = {
  readonly owners: ConversationOwners;
  readonly store: LogStore;
  readonly directory: Directory;
  readonly settings: PersonSettings;
  readonly sendRate: RateLimit<PersonId>;
  readonly environment: Environment;
  readonly digest16: Digest16;
  readonly evidenceLimits: EvidenceLimits;
  /** Of the program. */
  readonly version: string;
};

const perPage = 50;

/** The usecases of conversations as HTTP asks for them: what sockets do by frames, for scripts that have none. */
export function conversationAnswers(tools: ConversationTools): ConversationUsecases {
  /** What was said at another server a moment ago is in the answer, too. */
  const openAsStored = (person: PersonId, conversation: ConversationId) =>
    openConversationAs(person, conversation, tools.owners, Number.POSITIVE_INFINITY);
  /** @returns whether it is theirs */
  const bind = async ({ person, login }: Identity, device: DeviceId): Promise<boolean> =>
    (await tools.directory.bindDevice(device, { person, login, at: tools.environment.now() })) === 'ok';
  const append = async (identity: Identity, conversation: ConversationId, device: DeviceId, wish: OperationToSend) => {
    if (!(await bind(identity, device))) return refuse('device_foreign');
    const [answer] = await sendOperations({ person: identity.person, device }, conversation, [wish], tools);
    if (!answer) throw new TypeError('an operation without an answer');
    return answer;
  };
  return {
    list: async ({ person }, { limit = perPage, beforeActivity, beforeConversation }) => {
      const before =
        beforeActivity === undefined || beforeConversation === undefined
          ? null
          : { activity: beforeActivity, conversation: beforeConversation };
      const { rows, more } = await listConversations(person, { before, limit }, tools);
      return { rows: rows.map(presentRow), more };
    },

    open: async ({ person }, { person: other }) => {
      const conversation = await openDirect({ person, other }, tools);
      return typeof conversation === 'string' ? rowOf(person, conversation, tools) : conversation;
    },

    load: async ({ person }, conversation) => rowOf(person, conversation, tools),

    loadEntries: async ({ person }, conversation, { fromSeq = 1 as Seq, untilSeq, end = 'last', limit = perPage }) => {
      const opened = await openAsStored(person, conversation);
      if (isRefusal(opened)) return opened;
      const wish = { fromSeq, untilSeq: untilSeq ?? ((opened.state.head.seq + 1) as Seq), end, limit };
      if (wish.untilSeq <= wish.fromSeq) return refuse('range_empty');
      const { entries, ...place } = await loadRange(opened, wish, tools);
      const facts = JSON.stringify({ conversation, ...place });
      return { jsonText: `${facts.slice(0, -1)},"entries":${presentEntries(entries)}}` };
    },

    send: (identity, conversation, { device, n, text, body, after = null }) =>
      append(identity, conversation, device, { n, kind: 'message', target: null, body: body ?? { text: text ?? '' }, after }),

    beginGroup: async (identity, { device, n, ...group }) => {
      if (!(await bind(identity, device))) return refuse('device_foreign');
      const conversation = await createGroup({ person: identity.person, device }, { n, group }, tools);
      return typeof conversation === 'string' ? rowOf(identity.person, conversation, tools) : conversation;
    },

    act: (identity, conversation, { device, after = null, ...act }) =>
      append(identity, conversation, device, { ...act, target: null, after }),

    listMembers: async ({ person }, conversation, { limit = perPage, after = null, knownSeq, role = null, name = null }) => {
      // As it is remembered: to read ten thousand members from the store for each page would cost more than all the rest.
      const opened = await openConversationAs(person, conversation, tools.owners, knownSeq);
      if (isRefusal(opened)) return opened;
      const listed = await listMembers(opened, { limit, after, role, name }, tools);
      if (isRefusal(listed)) return listed;
      return { ...listed, members: listed.members.map((member) => ({ ...member, person: presentPerson(member.person) })) };
    },

    listBans: async ({ person }, conversation) => {
      const opened = await openAsStored(person, conversation);
      if (isRefusal(opened)) return opened;
      const banned = await listBans(opened, tools);
      return isRefusal(banned) ? banned : { people: banned.map(presentPerson) };
    },

    mark: async ({ person }, conversation, wish) => {
      const opened = await openConversationAs(person, conversation, tools.owners);
      if (isRefusal(opened)) return opened;
      const marked = await markConversation(opened, wish, tools);
      return isRefusal(marked) ? marked : { readSeq: marked.readSeq, receivedSeq: marked.receivedSeq };
    },

    loadMarkers: async ({ person }, conversation) => {
      const opened = await openAsStored(person, conversation);
      return isRefusal(opened) ? opened : { markers: await markersOf(opened, tools) };
    },

    exportEvidence: async ({ person }, conversation) => {
      const opened = await openAsStored(person, conversation);
      if (isRefusal(opened)) return opened;
      const onEnd = tools.evidenceLimits.begin(person);
      if (typeof onEnd === 'object') return onEnd;
      return { jsonLines: evidenceText(opened, tools), fileName: `parlour-evidence-${conversation}.jsonl`, onEnd };
    },
  };
}

async function* evidenceText(conversation: ConversationForReader, tools: ConversationTools): AsyncGenerator<string> {
  for await (const lines of exportEvidence(conversation, tools)) {
    yield presentEvidence(lines);
    if (lines[0]?.line === 'entry') tools.evidenceLimits.entryCount += lines.length;
  }
}

async function rowOf(person: PersonId, conversation: ConversationId, tools: ConversationTools) {
  const [row] = await lookUpConversations(person, [conversation], tools);
  return row ? presentRow(row) : refuse('conversation_not_visible');
}

/** Oneself whole; others, to whom is there, as far as both tell what they read. */
async function markersOf({ id, reader, state }: ConversationForReader, { store, settings }: ConversationTools) {
  const { receipts: seesReads } = settings.peek(reader) ?? (await settings.load(reader));
  const members = currentMembers(state);
  const told = isMember(state, reader) && members.length <= limits.receiptMembersMax ? members : [reader];
  return Promise.all(
    told.map(async (person) => {
      const marker = (await store.loadMarker(id, person)) ?? nothingRead;
      const own = person === reader;
      const { readSeq, receivedSeq } = own ? marker : presentReceipt(marker, null, seesReads);
      const steps = own || seesReads ? await store.loadMarkerSteps(id, person) : [];
      return { person, readSeq, receivedSeq, steps: [...steps] };
    }),
  );
}
