import { isRefusal, type Refusal, refuse } from '@parlour/core/errors';
import type { ConversationId, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { ClientFrame, ClientFrameKind } from '@parlour/protocol/client-frame';
import { topicsOf } from '../owner/notice-topics.ts';
import { presentPackedRow, presentPerson } from '../present/present-row.ts';
import { createGroup } from '../usecases/create-group.ts';
import { listConversations, lookUpConversations, syncConversations } from '../usecases/list-conversations.ts';
import { loadRange } from '../usecases/load-range.ts';
import { loadRegisters } from '../usecases/load-registers.ts';
import { markConversation } from '../usecases/mark-conversation.ts';
import { openConversationAs } from '../usecases/open-conversation.ts';
import { openDirect } from '../usecases/open-direct.ts';
import { putRegister } from '../usecases/put-register.ts';
import { sendOperations } from '../usecases/send-operations.ts';
import type { Connection, Guest } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import { presentErrorFrame, presentFrame, presentRangeFrame, presentSentFrame } from './present-frame.ts';
import type { SharedFrame } from './shared-frame.ts';

type Frame<Kind extends ClientFrameKind> = Extract<ClientFrame, { kind: Kind }>;
type Call<Kind extends ClientFrameKind> = {
  readonly connection: Connection;
  readonly guest: Guest;
  readonly frame: Frame<Kind>;
  readonly tools: GatewayTools;
};
/** @returns the answer, or null for frames that have none */
type Handler<Kind extends ClientFrameKind> = (call: Call<Kind>) => Promise<SharedFrame | null>;

/** Thin: parsed frame, usecase, presented answer. */
const handlers: { readonly [Kind in Exclude<ClientFrameKind, 'hello'>]: Handler<Kind> } = {
  send: async ({ guest, frame, tools }) => {
    const { id, conversation, device = guest.device, operations } = frame;
    const { person } = guest.identity;
    if (device !== guest.device && !(await tools.directory.isDeviceOf(device, person)))
      return refusal(refuse('device_foreign'), { re: id, conversation });
    const wishes = operations.map((operation) => ({ ...operation, target: operation.target ?? null }));
    const answers = await sendOperations({ person, device }, conversation, wishes, tools);
    return presentSentFrame(
      id,
      conversation,
      operations.map(({ n }) => n),
      answers,
    );
  },

  pull: async ({ guest, frame, tools }) => {
    const { id, conversation, fromSeq, untilSeq, end, limit } = frame;
    if (untilSeq <= fromSeq) return refusal(refuse('range_empty'), { re: id, conversation });
    // Whoever asks for an entry has reason to think that it is there; of a last page the reason is how it ends.
    const knownSeq = end === 'first' ? fromSeq : untilSeq - 1;
    const opened = await openConversationAs(guest.identity.person, conversation, tools.owners, knownSeq);
    if (isRefusal(opened)) return refusal(opened, { re: id, conversation });
    return presentRangeFrame(id, conversation, await loadRange(opened, { fromSeq, untilSeq, end, limit }, tools));
  },

  mark: async ({ guest, frame, tools }) => {
    const { conversation, readSeq, receivedSeq } = frame;
    const opened = await openConversationAs(guest.identity.person, conversation, tools.owners);
    if (isRefusal(opened)) return refusal(opened, { conversation });
    const marked = await markConversation(opened, { readSeq, receivedSeq }, tools);
    return isRefusal(marked) ? refusal(marked, { conversation }) : null;
  },

  open: async ({ guest, frame, tools }) => {
    const { person } = guest.identity;
    return opened(person, await openDirect({ person, other: frame.person }, tools), frame.id, tools);
  },

  create_group: async ({ guest, frame, tools }) => {
    const { person } = guest.identity;
    return opened(person, await createGroup({ person, device: guest.device }, frame, tools), frame.id, tools);
  },

  sync: async ({ guest, frame, tools }) => {
    const { person } = guest.identity;
    const { groups, rows, conversationCount } = await syncConversations(person, frame.digest, tools);
    const { ver: registersVer, sum: registersSum } = await tools.registers.loadHead(person);
    return presentFrame({
      kind: 'synced',
      re: frame.id,
      groups: [...groups],
      rows: rows.map(presentPackedRow),
      registersVer,
      registersSum,
      conversationCount,
    });
  },

  list: async ({ guest, frame, tools }) => {
    const { rows, more } = await listConversations(guest.identity.person, { before: frame.before ?? null, limit: frame.limit }, tools);
    return presentFrame({ kind: 'listed', re: frame.id, rows: rows.map(presentPackedRow), more });
  },

  look_up: async ({ guest, frame, tools }) => {
    const rows = await lookUpConversations(guest.identity.person, frame.conversations, tools);
    return presentFrame({ kind: 'listed', re: frame.id, rows: rows.map(presentPackedRow), more: false });
  },

  ask_people: async ({ frame, tools }) => {
    const people = await tools.directory.loadPeople(frame.people);
    return presentFrame({ kind: 'people', re: frame.id, people: people.map(presentPerson) });
  },

  type: async ({ connection, guest, frame, tools }) => {
    const { conversation } = frame;
    const { person } = guest.identity;
    if (!connection.mayType(conversation)) return null;
    const opened = await openConversationAs(person, conversation, tools.owners);
    if (isRefusal(opened)) return refusal(opened, { conversation });
    const { state } = opened;
    if (state.members.size > limits.receiptMembersMax) return null;
    tools.bus.publish({ notice: 'typing', conversation, person, memberSeq: state.memberSeq }, () => topicsOf(state, state.head.seq));
    return null;
  },

  watch: async ({ connection, guest, frame, tools }) => {
    await tools.presence.watch(connection, guest.identity.person, frame.people);
    return null;
  },

  put_register: async ({ guest, frame, tools }) => {
    const { id, key, ver, value } = frame;
    const { person } = guest.identity;
    const put = await putRegister(person, { key, expectVer: ver, value }, tools);
    return isRefusal(put) ? refusal(put, { re: id }) : presentFrame({ kind: 'register_put', re: id, ...put });
  },

  pull_registers: async ({ guest, frame, tools }) => {
    const { person } = guest.identity;
    const { registers, headVer, sum, more } = await loadRegisters(
      person,
      { sinceVer: frame.sinceVer, limit: registersPerPage },
      tools.registers,
    );
    return presentFrame({ kind: 'registers', re: frame.id, registers: [...registers], headVer, sum, more });
  },

  renew: async ({ connection, guest, frame, tools }) => {
    const identity = await tools.authenticator.verifyAccessToken(frame.token);
    if (isRefusal(identity)) return refusal(identity, { re: frame.id });
    // A socket stays who it was: another login's token is no renewal.
    if (identity.login !== guest.identity.login) return refusal(refuse('unauthenticated'), { re: frame.id });
    connection.renewIdentity(identity);
    return presentFrame({ kind: 'renewed', re: frame.id, tokenExpiresAt: identity.expiresAt });
  },

  ping: async ({ frame, tools }) => presentFrame({ kind: 'pong', re: frame.id, serverTime: tools.environment.now() }),
};

async function opened(person: PersonId, conversation: ConversationId | Refusal, re: number, tools: GatewayTools): Promise<SharedFrame> {
  if (typeof conversation !== 'string') return refusal(conversation, { re });
  const [row] = await lookUpConversations(person, [conversation], tools);
  return row ? presentFrame({ kind: 'opened', re, row: presentPackedRow(row) }) : refusal(refuse('conversation_not_visible'), { re });
}

const registersPerPage = 200;

export function handleFrame(
  connection: Connection,
  guest: Guest,
  frame: Exclude<ClientFrame, Frame<'hello'>>,
  tools: GatewayTools,
): Promise<SharedFrame | null> {
  const handler = handlers[frame.kind] as Handler<typeof frame.kind>;
  return handler({ connection, guest, frame: frame as never, tools });
}

function refusal(
  refused: Refusal & { readonly retryAfterMs?: number },
  place: { re?: number; conversation?: ConversationId },
): SharedFrame {
  return presentErrorFrame(refused, place);
}
