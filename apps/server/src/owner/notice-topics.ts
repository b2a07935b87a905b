import type { LogState } from '@parlour/core/conversation-log/state';
import type { PersonId, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { Topic } from '../ports/bus.ts';

/** Whoever ever was a member, up to which each person is told; beyond, the conversation itself has a topic. */
export const toldOneByOneMax = 256;
/** Entries after a change of members for as long as which those it was about are told, too. */
export const changeToldWithin = 64;
/** An append adds so many at most, so whoever is there when a conversation grows over the bound is told one by one still. */
const growingMax = toldOneByOneMax + limits.entriesPerAppendMax;

/** Whether the gateways follow the conversation, and not only its people. */
export function isLarge(state: LogState): boolean {
  return state.members.size > toldOneByOneMax;
}

/**
 * Whom a notice about a conversation reaches: those who are members, and those who were until a moment ago.
 * @param firstSeq of the entries that are told of
 */
export function topicsOf(state: LogState, firstSeq: Seq): Topic[] {
  if (!isLarge(state)) return peopleOf(state, (state.head.seq - changeToldWithin) as Seq);
  const topics: Topic[] = [`conversation.${state.conversation}`];
  if (state.memberSeq < firstSeq) return topics;
  const isGrowing = state.members.size <= growingMax;
  return [...topics, ...(isGrowing ? peopleOf(state, firstSeq) : changedSince(state, firstSeq))];
}

/** Members, and whoever was one at `since`. */
function peopleOf(state: LogState, since: Seq): Topic[] {
  const topics: Topic[] = [];
  for (const [person, { stays }] of state.members) {
    const untilSeq = stays.at(-1)?.untilSeq ?? null;
    if (untilSeq === null || untilSeq >= since) topics.push(topicOf(person));
  }
  return topics;
}

function changedSince(state: LogState, since: Seq): Topic[] {
  const topics: Topic[] = [];
  for (const [person, { stays }] of state.members) {
    const stay = stays.at(-1);
    if (stay && (stay.fromSeq >= since || (stay.untilSeq !== null && stay.untilSeq >= since))) topics.push(topicOf(person));
  }
  return topics;
}

function topicOf(person: PersonId): Topic {
  return `person.${person}`;
}
