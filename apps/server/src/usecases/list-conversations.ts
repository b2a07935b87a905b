import type { ConversationId, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { digestGroupOf, type SyncDigest, syncDigestOf } from '@parlour/core/sync-digest';
import type { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Directory, Person } from '../ports/directory.ts';
import type { DigestSource, LogStore, RecentPage, RecentRow } from '../ports/log-store.ts';
import type { PersonSettings } from './person-settings.ts';

/** A row with all that is shown of it: its peer by name, and receipts only for readers who tell theirs. */
export type ConversationRow = RecentRow & { readonly peerPerson: Person | null; readonly seesReads: boolean };

export type ListTools = {
  readonly store: LogStore;
  readonly directory: Directory;
  readonly settings: PersonSettings;
  readonly owners: ConversationOwners;
};

/** @throws StorageFailure */
export async function listConversations(
  reader: PersonId,
  page: RecentPage,
  tools: ListTools,
): Promise<{ rows: ConversationRow[]; more: boolean }> {
  const rows = await tools.store.loadRecent(reader, { ...page, limit: page.limit + 1 });
  return { rows: await withPeople(reader, rows.slice(0, page.limit), tools), more: rows.length > page.limit };
}

/** @throws StorageFailure */
export async function lookUpConversations(
  reader: PersonId,
  conversations: readonly ConversationId[],
  tools: ListTools,
): Promise<ConversationRow[]> {
  return withPeople(reader, await tools.store.loadRows(reader, conversations), tools);
}

export type SyncAnswer = {
  readonly groups: readonly number[];
  readonly rows: readonly ConversationRow[];
  readonly conversationCount: number;
};

/** [SYNC-2] Compares what a replica holds with what is; answers with the rows of the groups that differ. @throws StorageFailure */
export async function syncConversations(reader: PersonId, held: SyncDigest, tools: ListTools): Promise<SyncAnswer> {
  const { store } = tools;
  const { receipts } = tools.settings.peek(reader) ?? (await tools.settings.load(reader));
  const sources = await store.loadDigestRows(reader, limits.conversationsInDigestMax);
  const digest = syncDigestOf(
    sources.map(({ conversation, head, readSeq, toldSum, receivedSum }) => ({
      conversation,
      headSeq: head.seq,
      headChain: head.chain,
      readSeq,
      receiptsSum: receivedSum + (receipts ? toldSum : 0),
    })),
  );
  const groups = digest.flatMap((sum, group) => (sum === held[group] ? [] : [group]));
  const differs = ({ conversation }: DigestSource): boolean => groups.includes(digestGroupOf(conversation));
  const conversations = groups.length > 0 ? sources.filter(differs).map(({ conversation }) => conversation) : [];
  const rows = conversations.length > 0 ? await lookUpConversations(reader, conversations, tools) : [];
  const isWhole = sources.length < limits.conversationsInDigestMax;
  return { groups, rows, conversationCount: isWhole ? sources.length : await store.countConversations(reader) };
}

async function withPeople(
  reader: PersonId,
  rows: readonly RecentRow[],
  { directory, settings, owners }: ListTools,
): Promise<ConversationRow[]> {
  // Whoever is told of a head asks for what leads to it next.
  for (const { conversation, head } of rows) owners.learn(conversation, head.seq);
  const peers = [...new Set(rows.flatMap((row) => row.peer ?? []))];
  const people = new Map((peers.length > 0 ? await directory.loadPeople(peers) : []).map((person) => [person.id, person]));
  const { receipts: seesReads } = settings.peek(reader) ?? (await settings.load(reader));
  return rows.map((row) => ({ ...row, peerPerson: (row.peer && people.get(row.peer)) ?? null, seesReads }));
}
