import { decideAct } from '@parlour/core/conversation-log/decide-group';
import type { Role } from '@parlour/core/conversation-log/permissions';
import { isMember, type LogState } from '@parlour/core/conversation-log/state';
import { type Refusal, refuse } from '@parlour/core/errors';
import type { PersonId, Seq } from '@parlour/core/ids';
import { nameKeyOf, wordsOf } from '@parlour/core/name-key';
import type { Directory, Person } from '../ports/directory.ts';
import type { ConversationForReader } from './open-conversation.ts';

export type MembersWish = {
  readonly limit: number;
  /** The last one of the page before. */
  readonly after: PersonId | null;
  readonly role: Role | null;
  readonly name: string | null;
};

export type ListedMember = { readonly person: Person; readonly role: Role; readonly joinedSeq: Seq };
export type ListedMembers = { readonly members: readonly ListedMember[]; readonly more: boolean; readonly count: number | null };

type Tools = { readonly directory: Directory };

/**
 * Who is here, as one of them sees it. It costs by the page: those of a group are in its state, and only the names that are shown are looked up.
 * @throws StorageFailure
 */
export async function listMembers(
  { state, reader }: ConversationForReader,
  wish: MembersWish,
  { directory }: Tools,
): Promise<ListedMembers | Refusal> {
  if (!isMember(state, reader)) return refuse('not_a_member');
  const ordered = inOrder(state, wish.role);
  const all = wish.name === null ? ordered : await keepNamed(ordered, wish.name, directory);
  const last = wish.after === null ? null : placeOf(state, wish.after);
  // Whoever has gone since is still known by where they stood: no page begins anew for that.
  const from = last === null ? 0 : all.findIndex((each) => inListOrder(last, each) < 0);
  const page = from < 0 ? [] : all.slice(from, from + wish.limit);
  const members = await withNames(
    state,
    page.map(({ person }) => person),
    directory,
  );
  return { members, more: from >= 0 && from + wish.limit < all.length, count: wish.name === null ? all.length : null };
}

/** Of few all names are looked at. Of many only those who are found among everybody: a name that very many have is found by more of its letters. */
async function keepNamed(here: readonly Place[], name: string, directory: Directory): Promise<readonly Place[]> {
  const words = wordsOf(nameKeyOf(name));
  const [first] = words;
  if (first === undefined) return [];
  const candidates =
    here.length <= namesReadMax
      ? await directory.loadPeople(here.map(({ person }) => person))
      : await directory.findByNamePrefix(first, namesReadMax);
  const fits = ({ nameKey }: Person) => words.every((word) => wordsOf(nameKey).some((part) => part.startsWith(word)));
  const found = new Set(candidates.filter(fits).map(({ id }) => id));
  return here.filter(({ person }) => found.has(person));
}

/** What one search reads of names. */
const namesReadMax = 500;

const ranks: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 };

type Place = { readonly person: PersonId; readonly rank: number; readonly joinedSeq: number };

/** By numbers that were looked up before, as there may be ten thousand to be sorted. */
function inOrder(state: LogState, wanted: Role | null): Place[] {
  const here: Place[] = [];
  for (const [person, { role, stays }] of state.members) {
    const stay = stays.at(-1);
    if (stay?.untilSeq === null && (wanted === null || role === wanted))
      here.push({ person, rank: ranks[role], joinedSeq: stay.joinedSeq });
  }
  return here.sort(inListOrder);
}

function inListOrder(one: Place, other: Place): number {
  return other.rank - one.rank || one.joinedSeq - other.joinedSeq || (one.person < other.person ? -1 : one.person > other.person ? 1 : 0);
}

function placeOf(state: LogState, person: PersonId): Place {
  return { person, rank: ranks[roleOf(state, person)], joinedSeq: joinedSeqOf(state, person) };
}

async function withNames(state: LogState, people: readonly PersonId[], directory: Directory): Promise<ListedMember[]> {
  const known = new Map((await directory.loadPeople(people)).map((person) => [person.id, person]));
  return people.flatMap((id) => {
    const person = known.get(id);
    return person ? [memberOf(state, person)] : [];
  });
}

function memberOf(state: LogState, person: Person): ListedMember {
  return { person, role: roleOf(state, person.id), joinedSeq: joinedSeqOf(state, person.id) };
}

function roleOf(state: LogState, person: PersonId): Role {
  return state.members.get(person)?.role ?? 'member';
}

function joinedSeqOf(state: LogState, person: PersonId): Seq {
  return state.members.get(person)?.stays.at(-1)?.joinedSeq ?? (0 as Seq);
}

/** @throws StorageFailure */
export async function listBans({ state, reader }: ConversationForReader, { directory }: Tools): Promise<readonly Person[] | Refusal> {
  if (!isMember(state, reader)) return refuse('not_a_member');
  const kept = decideAct(state, reader, 'remove');
  if (kept) return kept;
  const known = new Map((await directory.loadPeople(state.group.banned)).map((person) => [person.id, person]));
  return state.group.banned.flatMap((id) => known.get(id) ?? []);
}
