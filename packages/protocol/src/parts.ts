import { type ErrorCode, errors } from '@parlour/core/errors';
import {
  type Chain,
  type ConversationId,
  type DeviceId,
  digestPattern,
  idPattern,
  type LoginId,
  type MessageCount,
  type OperationNumber,
  type PersonId,
  type RegisterVersion,
  type Seq,
  type WallMs,
} from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import * as z from 'zod/mini';

/** Schemas that several messages share. Each parses into its brand, so that inside there is never a bare string. */
const id = <Id extends string>() => z.string().check(z.regex(idPattern)) as unknown as z.ZodMiniType<Id, string>;
const fromZero = <Count extends number>() => z.int().check(z.nonnegative()) as unknown as z.ZodMiniType<Count, number>;
const fromOne = <Count extends number>() => z.int().check(z.positive()) as unknown as z.ZodMiniType<Count, number>;

export const personId = id<PersonId>();
export const conversationId = id<ConversationId>();
export const deviceId = id<DeviceId>();
export const loginId = id<LoginId>();
/** A seq of an entry, or 0 before the first. */
export const seq = fromZero<Seq>();
export const entrySeq = fromOne<Seq>();
export const messageCount = fromZero<MessageCount>();
export const operationNumber = fromOne<OperationNumber>();
/** How many operations a replica has made ready; 0 before the first. */
export const operationNumberOrNone = fromZero<OperationNumber>();
export const registerVersion = fromZero<RegisterVersion>();
export const registerSum = fromZero<number>();
export const wallMs = fromZero<WallMs>();
export const chain = z.string().check(z.regex(digestPattern)) as unknown as z.ZodMiniType<Chain, string>;

export const position = z.strictObject({ seq, chain });

/** Chosen by the client, echoed as `re` in the answer; unique among the requests under way on one socket. */
export const requestId = z.int().check(z.positive());

export const errorCode = z.enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]]);
export const errorDetails = z.record(z.string(), z.union([z.string(), z.number()]));

export const handle = z.string().check(z.minLength(limits.handleLengthMin), z.maxLength(limits.handleLengthMax));
export const displayName = z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.displayNameLengthMax));

/** What anyone may see of a person. `placeholder`: an author of imported history whom nobody has claimed. */
export const person = z.strictObject({
  id: personId,
  handle: z.string(),
  displayName: z.string(),
  about: z.string(),
  placeholder: z.optional(z.literal(true)),
});
export type PersonOnWire = z.infer<typeof person>;

export const conversationType = z.enum(['direct', 'group']);
export const role = z.enum(['owner', 'admin', 'member']);

export const groupTitle = z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.titleLengthMax));
const about = z.string().check(z.maxLength(limits.aboutLengthMax));
const hue = z.int().check(z.minimum(0), z.maximum(359));
/** The least role that may do each; what is left out is as it was. */
const permissions = z.strictObject({
  write: z.optional(role),
  add: z.optional(role),
  invite: z.optional(role),
  remove: z.optional(role),
  describe: z.optional(role),
  pin: z.optional(role),
  theme: z.optional(role),
  delete_others: z.optional(role),
  mention_everyone: z.optional(role),
});
const newcomersSee = z.enum(['joining', 'all']);

/** What an entry or an operation of each kind says. */
export const addBody = z.strictObject({ person: personId, role });
export const removeBody = z.strictObject({ person: personId, ban: z.optional(z.literal(true)) });
export const roleBody = z.strictObject({ person: personId, role });
export const pardonBody = z.strictObject({ person: personId });
export const describeBody = z.strictObject({ title: z.optional(groupTitle), about: z.optional(about), hue: z.optional(hue) });
export const rulesBody = z.strictObject({ permissions: z.optional(permissions), newcomersSee: z.optional(newcomersSee) });

/** What one may know of a group, and may do in it. `hue`: degrees on the colour wheel. */
export const groupStanding = z.strictObject({
  /** Null of whoever was taken out, or left. */
  role: z.nullable(role),
  about: z.string(),
  hue: z.nullable(hue),
  permissions: z.required(permissions),
  newcomersSee,
});

export const messageBody = z.strictObject({
  text: z.string().check(z.minLength(1), z.maxLength(limits.textLengthMax)),
  replyTo: z.optional(z.array(entrySeq).check(z.minLength(1), z.maxLength(20))),
  action: z.optional(z.literal(true)),
});

/** Kinds that the server made later than this client must not break it: a client skips what it does not know, and keeps its place in the chain. */
const entryFields = {
  seq: entrySeq,
  author: personId,
  device: deviceId,
  n: operationNumber,
  target: z.optional(entrySeq),
  ord: messageCount,
  mine: messageCount,
  memberSeq: seq,
  ts: wallMs,
  chain,
};
const entryOf = <Kind extends string, Body extends z.ZodMiniType>(kind: Kind, body: Body) =>
  z.strictObject({ kind: z.literal(kind), ...entryFields, body: z.nullable(body) });

export const entry = z.discriminatedUnion('kind', [
  entryOf(
    'create',
    z.strictObject({
      type: conversationType,
      members: z.array(z.strictObject({ person: personId, role })).check(z.maxLength(limits.membersMax)),
      title: z.optional(z.string()),
      about: z.optional(about),
      hue: z.optional(hue),
      rules: z.optional(rulesBody),
    }),
  ),
  entryOf('message', messageBody),
  entryOf('add', addBody),
  entryOf('remove', removeBody),
  entryOf('notice', z.strictObject({ text: z.string() })),
  entryOf('role', roleBody),
  entryOf('pardon', pardonBody),
  entryOf('describe', describeBody),
  entryOf('rules', rulesBody),
]);
export type EntryOnWire = z.infer<typeof entry>;

/** How far another member has come; told in conversations of few, to those who tell it themselves. */
export const receipt = z.strictObject({ person: personId, readSeq: seq, readAt: z.optional(wallMs), receivedSeq: seq });
export type ReceiptOnWire = z.infer<typeof receipt>;

/** One line of the list of conversations, as one reader sees it. */
export const conversationRow = z.strictObject({
  conversation: conversationId,
  type: conversationType,
  title: z.optional(z.string()),
  /** Of a group. */
  group: z.optional(groupStanding),
  /** The other person of a direct conversation; oneself in notes to oneself. */
  peer: z.optional(person),
  /** The newest entry the reader may see. */
  head: position,
  /** The first entry the reader may see. */
  firstSeq: entrySeq,
  /** Messages up to `head`, and the reader's own among them. */
  ord: messageCount,
  mine: messageCount,
  /** When the last message came; the list is sorted by it. */
  activity: wallMs,
  readSeq: seq,
  readOrd: messageCount,
  readMine: messageCount,
  receivedSeq: seq,
  /** Derived: (ord - readOrd) - (mine - readMine). */
  unread: messageCount,
  last: z.optional(z.strictObject({ seq: entrySeq, author: personId, ts: wallMs, text: z.string() })),
  receipts: z.array(receipt),
  memberCount: z.int(),
});
export type ConversationRowOnWire = z.infer<typeof conversationRow>;

/** One register of personal state. `value` is JSON text; null once cleared. */
export const register = z.strictObject({
  key: z.string().check(z.regex(/^[a-z][a-z0-9_.:-]*$/), z.maxLength(limits.registerKeyLengthMax)),
  ver: registerVersion,
  value: z.nullable(z.string().check(z.maxLength(limits.registerValueLengthMax))),
});
export const registerKey = register.shape.key;
export const registerValue = register.shape.value;

export const presenceState = z.strictObject({
  person: personId,
  presence: z.enum(['online', 'offline']),
  /** Where the person shows it, and only when offline. */
  lastSeenAt: z.optional(wallMs),
});
export type PresenceOnWire = z.infer<typeof presenceState>;
