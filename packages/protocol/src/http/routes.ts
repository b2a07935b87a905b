import type { ErrorCode } from '@parlour/core/errors';
import type * as z from 'zod/mini';
import { conversationRow, person } from '../parts.ts';
import { authenticated } from './authenticated.ts';
import { changePassword } from './change-password.ts';
import { listConversations, listedConversations, openConversation } from './conversations.ts';
import { createAccount } from './create-account.ts';
import { createLogin } from './create-login.ts';
import { actInGroup, loadEntries, loadedEntries, sendMessage, sentMessage } from './entries.ts';
import { evidenceLine } from './evidence-line.ts';
import { findPeople, foundPeople } from './find-people.ts';
import { gateways } from './gateways.ts';
import { beginGroup, listedBans, listedMembers, listMembers } from './groups.ts';
import { conversationInPath, loginInPath, nothingInPath, personInPath, registerInPath } from './in-path.ts';
import { nothingInQuery } from './in-query.ts';
import { logins } from './logins.ts';
import { markConversation, markersOfConversation } from './markers.ts';
import { me, updateMe } from './me.ts';
import { loadedRegisters, loadRegisters, writeRegister, writtenRegister } from './registers.ts';
import { renewLogin } from './renew-login.ts';
import { serverFacts } from './server-facts.ts';

/** `refusals`: those beside the ones that any route may answer with, which are `refusalsOfAll` and, with a token, `refusalsOfTokens`. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/v1/${string}`;
  readonly title: string;
  readonly access: 'anyone' | 'token';
  readonly params: z.ZodMiniType<unknown, unknown>;
  readonly query: z.ZodMiniType<unknown, unknown>;
  readonly body: z.ZodMiniType<unknown, unknown> | null;
  readonly status: 200 | 201 | 204;
  readonly answer: z.ZodMiniType<unknown, unknown> | null;
  /** The answer is a file of many lines, each of them JSON that fits `answer`. */
  readonly isLines?: true;
  readonly refusals: readonly ErrorCode[];
};

export const refusalsOfAll = ['malformed', 'too_large', 'origin_refused', 'too_many_requests', 'storage_unavailable', 'internal'] as const;
export const refusalsOfTokens = ['unauthenticated', 'login_ended'] as const;

const anyone = { access: 'anyone', params: nothingInPath, query: nothingInQuery, body: null } as const;
const withToken = { access: 'token', params: nothingInPath, query: nothingInQuery, body: null } as const;
const get = { method: 'GET', status: 200 } as const;
const remove = { method: 'DELETE', status: 204, answer: null } as const;

/** Every route of the API, by the name it has in OpenAPI. The server registers exactly these. */
export const routes = {
  createAccount: {
    ...anyone,
    method: 'POST',
    path: '/v1/accounts',
    title: 'Register, and log in',
    body: createAccount,
    status: 201,
    answer: authenticated,
    refusals: ['registration_closed', 'registration_refused', 'password_weak'],
  },
  createLogin: {
    ...anyone,
    method: 'POST',
    path: '/v1/logins',
    title: 'Log in',
    body: createLogin,
    status: 201,
    answer: authenticated,
    refusals: ['credentials_wrong'],
  },
  renewLogin: {
    ...anyone,
    method: 'POST',
    path: '/v1/tokens',
    title: 'Renew a login: a new access token and the next refresh token',
    body: renewLogin,
    status: 200,
    answer: authenticated,
    refusals: ['refresh_refused'],
  },
  listLogins: { ...withToken, ...get, path: '/v1/logins', title: "See one's own logins", answer: logins, refusals: [] },
  endLogins: { ...withToken, ...remove, path: '/v1/logins', title: 'Log out everywhere', refusals: [] },
  endLogin: {
    ...withToken,
    ...remove,
    path: '/v1/logins/:login',
    title: "End one of one's own logins; `current` is the one that asks",
    params: loginInPath,
    refusals: ['not_found'],
  },
  loadMe: { ...withToken, ...get, path: '/v1/me', title: 'Who asks', answer: me, refusals: [] },
  updateMe: {
    ...withToken,
    method: 'PATCH',
    path: '/v1/me',
    title: "Change one's profile",
    body: updateMe,
    status: 200,
    answer: me,
    refusals: ['handle_taken'],
  },
  changePassword: {
    ...withToken,
    method: 'POST',
    path: '/v1/me/password',
    title: "Change one's password, and end all other logins",
    body: changePassword,
    status: 200,
    answer: authenticated,
    refusals: ['credentials_wrong', 'password_weak'],
  },
  findPeople: { ...withToken, ...get, path: '/v1/people', title: 'Find people', query: findPeople, answer: foundPeople, refusals: [] },
  loadPerson: {
    ...withToken,
    ...get,
    path: '/v1/people/:person',
    title: "See a person's profile",
    params: personInPath,
    answer: person,
    refusals: ['person_not_found'],
  },
  listConversations: {
    ...withToken,
    ...get,
    path: '/v1/conversations',
    title: "Page through one's conversations",
    query: listConversations,
    answer: listedConversations,
    refusals: [],
  },
  openConversation: {
    ...withToken,
    method: 'POST',
    path: '/v1/conversations',
    title: 'Open the direct conversation with a person',
    body: openConversation,
    status: 200,
    answer: conversationRow,
    refusals: ['person_not_found', 'too_busy'],
  },
  loadConversation: {
    ...withToken,
    ...get,
    path: '/v1/conversations/:conversation',
    title: 'See one conversation',
    params: conversationInPath,
    answer: conversationRow,
    refusals: ['conversation_not_visible'],
  },
  loadEntries: {
    ...withToken,
    ...get,
    path: '/v1/conversations/:conversation/entries',
    title: 'Read a range of the history',
    params: conversationInPath,
    query: loadEntries,
    answer: loadedEntries,
    refusals: ['conversation_not_visible', 'range_empty'],
  },
  sendMessage: {
    ...withToken,
    method: 'POST',
    path: '/v1/conversations/:conversation/entries',
    title: 'Send a message',
    params: conversationInPath,
    body: sendMessage,
    status: 200,
    answer: sentMessage,
    refusals: [
      'conversation_not_visible',
      'not_a_member',
      'not_allowed',
      'device_foreign',
      'id_reuse',
      'superseded',
      'diverged',
      'resync',
      'held_back',
      'too_busy',
    ],
  },
  beginGroup: {
    ...withToken,
    method: 'POST',
    path: '/v1/groups',
    title: 'Begin a group',
    body: beginGroup,
    status: 200,
    answer: conversationRow,
    refusals: ['person_not_found', 'conversation_full', 'device_foreign', 'id_reuse', 'resync', 'too_busy'],
  },
  actInGroup: {
    ...withToken,
    method: 'POST',
    path: '/v1/conversations/:conversation/acts',
    title: 'Lead a group: add, remove, make an owner or admin, pardon, describe, set rules',
    params: conversationInPath,
    body: actInGroup,
    status: 200,
    answer: sentMessage,
    refusals: [
      'conversation_not_visible',
      'not_a_member',
      'not_allowed',
      'rank_too_low',
      'owner_needed',
      'unchanged',
      'person_not_found',
      'member_already',
      'member_missing',
      'member_banned',
      'members_fixed',
      'conversation_full',
      'too_many_bans',
      'device_foreign',
      'id_reuse',
      'superseded',
      'diverged',
      'resync',
      'held_back',
      'too_busy',
    ],
  },
  listMembers: {
    ...withToken,
    ...get,
    path: '/v1/conversations/:conversation/members',
    title: 'Page through the members',
    params: conversationInPath,
    query: listMembers,
    answer: listedMembers,
    refusals: ['conversation_not_visible', 'not_a_member'],
  },
  listBans: {
    ...withToken,
    ...get,
    path: '/v1/conversations/:conversation/bans',
    title: 'See who is banned',
    params: conversationInPath,
    answer: listedBans,
    refusals: ['conversation_not_visible', 'not_a_member', 'not_allowed'],
  },
  markConversation: {
    ...withToken,
    method: 'PUT',
    path: '/v1/conversations/:conversation/marker',
    title: "Move one's marker of what was read and received",
    params: conversationInPath,
    body: markConversation,
    status: 200,
    answer: markConversation,
    refusals: ['conversation_not_visible', 'not_a_member', 'marker_beyond_head', 'too_busy'],
  },
  loadMarkers: {
    ...withToken,
    ...get,
    path: '/v1/conversations/:conversation/markers',
    title: 'See who has read and received up to where, and when',
    params: conversationInPath,
    answer: markersOfConversation,
    refusals: ['conversation_not_visible'],
  },
  exportEvidence: {
    ...withToken,
    ...get,
    path: '/v1/conversations/:conversation/evidence',
    title: 'Export what one may see of a conversation together with what proves it, one JSON object a line',
    params: conversationInPath,
    answer: evidenceLine,
    isLines: true,
    refusals: ['conversation_not_visible', 'too_busy'],
  },
  loadRegisters: {
    ...withToken,
    ...get,
    path: '/v1/registers',
    title: "Read one's settings and drafts",
    query: loadRegisters,
    answer: loadedRegisters,
    refusals: [],
  },
  writeRegister: {
    ...withToken,
    method: 'PUT',
    path: '/v1/registers/:key',
    title: 'Write one setting or draft',
    params: registerInPath,
    body: writeRegister,
    status: 200,
    answer: writtenRegister,
    refusals: ['register_conflict', 'too_many_registers'],
  },
  loadGateways: { ...withToken, ...get, path: '/v1/connect', title: 'Where to connect, the best first', answer: gateways, refusals: [] },
  loadServerFacts: { ...anyone, ...get, path: '/v1/server', title: 'What this server is', answer: serverFacts, refusals: [] },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
type Parsed<Schema> = Schema extends z.ZodMiniType<infer Output, unknown> ? Output : null;

/** What a handler of the route gets, parsed, and what it answers with. */
export type RouteInput<Name extends RouteName> = {
  readonly params: Parsed<(typeof routes)[Name]['params']>;
  readonly query: Parsed<(typeof routes)[Name]['query']>;
  readonly body: Parsed<(typeof routes)[Name]['body']>;
};
export type RouteAnswer<Name extends RouteName> = Parsed<(typeof routes)[Name]['answer']>;
