import { entryKinds } from '@parlour/core/conversation-log/entry';
import { digestPattern, idPattern } from '@parlour/core/ids';
import { z } from 'zod';
import type { Notice } from '../../ports/bus.ts';

const id = z.string().regex(idPattern);
const digest = z.string().regex(digestPattern);
const count = z.int().min(0);
const position = z.object({ seq: count, chain: digest });
const entry = z.object({
  seq: count,
  kind: z.enum(Object.keys(entryKinds)),
  author: id,
  device: id,
  n: count,
  target: count.nullable(),
  ord: count,
  mine: count,
  memberSeq: count,
  ts: z.int(),
  digest,
  chain: digest,
  salt: digest.nullable(),
  body: z.string().nullable(),
});
const marker = z.object({ readSeq: count, readOrd: count, readMine: count, receivedSeq: count, toldSeq: count });
/** A server that is one version older does not say it. */
const memberSeq = count.default(0);
const node = z.string().min(1).max(128);

/** Keys that a newer version added are left out. */
const schemas = {
  entries: z.object({
    notice: z.literal('entries'),
    conversation: id,
    previous: position,
    entries: z.array(entry).min(1),
    memberSeq: count,
    prevMemberSeq: count,
  }),
  head: z.object({ notice: z.literal('head'), conversation: id, head: position, memberSeq: count }),
  marker: z.object({ notice: z.literal('marker'), conversation: id, person: id, marker, readAt: z.int().nullable(), memberSeq }),
  typing: z.object({ notice: z.literal('typing'), conversation: id, person: id, memberSeq }),
  registers: z.object({ notice: z.literal('registers'), person: id, headVer: count }),
  person: z.object({ notice: z.literal('person'), person: id }),
  logins_ended: z.object({ notice: z.literal('logins_ended'), person: id, login: id.nullable() }),
  presence: z.object({ notice: z.literal('presence'), person: id, node, isHere: z.boolean(), at: z.int() }),
  watched: z.object({ notice: z.literal('watched'), person: id, node }),
  node: z.object({
    notice: z.literal('node'),
    isLeaving: z.boolean(),
    facts: z.object({
      node,
      url: z
        .url({ protocol: /^https?$/ })
        .max(300)
        .nullable(),
      version: z.string().max(64),
      // A role of tomorrow is none of ours.
      roles: z.array(z.string().max(32)).max(16),
      startedAt: z.int(),
      isDraining: z.boolean(),
      connections: count,
      connectionsMax: count,
      utilisation: z.number().min(0).max(1),
    }),
  }),
  unanswered: z.object({ notice: z.literal('unanswered'), node, by: node }),
  stream: z.object({ notice: z.literal('stream'), stream: id, texts: z.array(z.string()), isEnd: z.boolean() }),
  uses: z.object({
    notice: z.literal('uses'),
    node,
    number: count,
    // A limit of tomorrow is none of ours.
    uses: z.array(z.object({ limit: z.string().max(32), key: z.string().min(1).max(64), count })).max(1_000),
  }),
} satisfies Record<Notice['notice'], z.ZodType>;

const schema = z.discriminatedUnion('notice', [
  schemas.entries,
  schemas.head,
  schemas.marker,
  schemas.typing,
  schemas.registers,
  schemas.person,
  schemas.logins_ended,
  schemas.presence,
  schemas.watched,
  schemas.node,
  schemas.unanswered,
  schemas.stream,
  schemas.uses,
]);

/** Who published it, and which of theirs it is; equal ones are copies. */
export type NoticeMark = { readonly from: string; readonly number: number };

const markPattern = /^(?<from>[0-9a-z]{26}) (?<number>\d{1,15})\n/;

export function writeNotice({ from, number }: NoticeMark, notice: Notice): string {
  return `${from} ${number}\n${JSON.stringify(notice)}`;
}

/** @returns null where it is none */
export function readMark(text: string): NoticeMark | null {
  const groups = markPattern.exec(text)?.groups;
  return groups?.from === undefined ? null : { from: groups.from, number: Number(groups.number) };
}

/** Of a text that has a mark. @returns null where what follows is no notice of this version */
export function readNotice(text: string): Notice | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text.slice(text.indexOf('\n') + 1)));
    return parsed.success ? (parsed.data as unknown as Notice) : null;
  } catch {
    return null;
  }
}
