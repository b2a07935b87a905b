/**
 * Every way in which Parlour says no, in one table. The reference in docs/ is generated from it.
 * `retryable`: the same request may succeed later, unchanged.
 * `closeCode`: the WebSocket close code where this refusal ends a connection.
 * 4000-4099: come back (after the time given); 4100-4199: come back after mending what is named; 4200-4299: do not come back.
 */
export const errors = {
  // Of the request itself
  malformed: { httpStatus: 400, closeCode: 4200, retryable: false, sentence: 'cannot understand the request: it does not fit its schema' },
  unknown_kind: { httpStatus: 400, closeCode: 4201, retryable: false, sentence: 'cannot handle the frame: its kind is not known' },
  too_large: { httpStatus: 413, closeCode: 1009, retryable: false, sentence: 'cannot take the request: it is too large' },
  not_found: { httpStatus: 404, retryable: false, sentence: 'cannot find it: nothing is at this address' },
  origin_refused: {
    httpStatus: 403,
    retryable: false,
    sentence: 'cannot connect from this page: its origin is not on the list of this server',
  },
  version_unsupported: {
    httpStatus: 400,
    closeCode: 4202,
    retryable: false,
    sentence: 'cannot speak with this client: no version of the protocol is shared',
  },

  // Of who asks
  unauthenticated: {
    httpStatus: 401,
    closeCode: 4100,
    retryable: false,
    sentence: 'cannot tell who asks: the access token is missing, wrong or out of date',
  },
  hello_expected: { httpStatus: 400, closeCode: 4203, retryable: false, sentence: 'cannot take this frame: the first frame must be hello' },
  hello_timeout: {
    httpStatus: 408,
    closeCode: 4000,
    retryable: true,
    sentence: 'cannot wait longer: the first frame did not come in time',
  },
  login_ended: { httpStatus: 401, closeCode: 4204, retryable: false, sentence: 'cannot go on: this login was ended' },
  refresh_refused: {
    httpStatus: 401,
    retryable: false,
    sentence: 'cannot renew the login: the refresh token is unknown, used or out of date',
  },
  credentials_wrong: { httpStatus: 401, retryable: false, sentence: 'cannot log in: the name or the password is wrong' },
  registration_closed: { httpStatus: 403, retryable: false, sentence: 'cannot register: this server takes no new people' },
  registration_refused: { httpStatus: 409, retryable: false, sentence: 'cannot register: the handle or the e-mail address cannot be used' },
  handle_taken: { httpStatus: 409, retryable: false, sentence: 'cannot use this handle: it, or one that looks like it, is taken' },
  password_weak: { httpStatus: 422, retryable: false, sentence: 'cannot use this password: it is too easy to guess' },
  device_foreign: {
    httpStatus: 403,
    closeCode: 4205,
    retryable: false,
    sentence: 'cannot use this device: it belongs to someone else or to an ended login',
  },

  // Of load
  too_many_requests: { httpStatus: 429, retryable: true, sentence: 'cannot take it now: too many requests, try again later' },
  too_many_connections: { httpStatus: 503, closeCode: 4001, retryable: true, sentence: 'cannot connect now: too many connections' },
  too_busy: { httpStatus: 503, retryable: true, sentence: 'cannot take it now: the server is busy' },
  storage_unavailable: {
    httpStatus: 503,
    retryable: true,
    sentence: 'cannot store it now: the storage does not take writes; nothing acknowledged is lost',
  },
  draining: {
    httpStatus: 503,
    closeCode: 4002,
    retryable: true,
    sentence: 'cannot stay: this server is going down; come back in a moment',
  },
  idle: { httpStatus: 408, closeCode: 4003, retryable: true, sentence: 'cannot keep the connection: no sign of life' },
  slow_consumer: {
    httpStatus: 503,
    closeCode: 4004,
    retryable: true,
    sentence: 'cannot keep the connection: it does not take what is sent',
  },
  internal: {
    httpStatus: 500,
    closeCode: 4005,
    retryable: true,
    sentence: 'cannot answer: something broke on the server; it was written down',
  },

  // Of conversations
  conversation_not_visible: {
    httpStatus: 404,
    retryable: false,
    sentence: 'cannot open the conversation: it does not exist, or is not yours to see',
  },
  person_not_found: { httpStatus: 404, retryable: false, sentence: 'cannot find the person: nobody has this name' },
  not_a_member: { httpStatus: 403, retryable: false, sentence: 'cannot write here: you are not a member of this conversation' },
  member_already: { httpStatus: 409, retryable: false, sentence: 'cannot add the person: they are a member already' },
  member_missing: { httpStatus: 409, retryable: false, sentence: 'cannot remove the person: they are not a member' },
  members_fixed: {
    httpStatus: 409,
    retryable: false,
    sentence: 'cannot change the members: a direct conversation has the two it began with',
  },
  conversation_full: {
    httpStatus: 409,
    retryable: false,
    sentence: 'cannot add the person: the conversation has as many members as it may',
  },
  member_banned: {
    httpStatus: 409,
    retryable: false,
    sentence: 'cannot add the person: they were banned from this group; whoever may ban can pardon them',
  },
  not_allowed: { httpStatus: 403, retryable: false, sentence: 'cannot do this: the rules of this group keep it to others' },
  rank_too_low: { httpStatus: 403, retryable: false, sentence: 'cannot do this to the person: they have as much say here as you' },
  owner_needed: {
    httpStatus: 409,
    retryable: false,
    sentence: 'cannot leave the group without an owner: make somebody else its owner first',
  },
  unchanged: { httpStatus: 409, retryable: false, sentence: 'cannot change it: it is so already' },
  too_many_bans: {
    httpStatus: 409,
    retryable: false,
    sentence: 'cannot ban the person: as many are banned as may be; pardon somebody first',
  },
  conversation_exists: { httpStatus: 409, retryable: false, sentence: 'cannot create the conversation: it exists already' },

  // Of the log
  id_reuse: { httpStatus: 409, retryable: false, sentence: 'cannot append the operation: its id was used for something else' },
  superseded: {
    httpStatus: 409,
    retryable: false,
    sentence: 'cannot append the operation: a later one of the same device stands in the log already',
  },
  diverged: {
    httpStatus: 409,
    retryable: true,
    sentence: 'cannot append the operation: it was made on a log that this server does not have; sync first',
  },
  resync: { httpStatus: 409, retryable: true, sentence: 'cannot append the operation: it was made too long ago; sync first' },
  held_back: { httpStatus: 409, retryable: true, sentence: 'cannot append the operation yet: one before it was not taken' },
  marker_beyond_head: { httpStatus: 409, retryable: true, sentence: 'cannot move the marker: the server has not seen that message' },
  range_empty: { httpStatus: 400, retryable: false, sentence: 'cannot read the range: it ends before it begins' },

  // Of personal state
  register_conflict: { httpStatus: 409, retryable: true, sentence: 'cannot write the register: it changed in between' },
  too_many_registers: { httpStatus: 409, retryable: false, sentence: 'cannot write the register: there are as many as there may be' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorEntry = {
  readonly httpStatus: number;
  readonly closeCode?: number;
  readonly retryable: boolean;
  readonly sentence: `cannot ${string}: ${string}`;
};
export type ErrorCode = keyof typeof errors;

export type RefusalDetails = Readonly<Record<string, string | number>>;

/** The rules do not allow it. A value, returned and matched on; a thrown error is always a bug or a broken machine. */
export type Refusal<Code extends ErrorCode = ErrorCode> = { readonly refused: Code; readonly details: RefusalDetails };

export function refuse<Code extends ErrorCode>(code: Code, details: RefusalDetails = {}): Refusal<Code> {
  return { refused: code, details };
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}

/** What an adapter throws when its engine fails; it says what is known about the write. */
export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';
  readonly outcome: 'not_applied' | 'unknown';
  readonly retryAfterMs: number;

  constructor(
    message: string,
    { outcome, retryAfterMs, cause }: { outcome: 'not_applied' | 'unknown'; retryAfterMs: number; cause?: unknown },
  ) {
    super(message, { cause });
    this.outcome = outcome;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What was caught is what is known of a store; anything else is a bug, and goes on. */
export function asStorageFailure(failure: unknown): StorageFailure {
  if (failure instanceof StorageFailure) return failure;
  throw failure;
}
