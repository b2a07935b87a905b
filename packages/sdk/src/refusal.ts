import { type ErrorCode, errors, type RefusalDetails } from '@parlour/core/errors';

/** What this client itself has to say no to; everything else comes from the server's registry. */
export const clientErrors = {
  unreachable: 'cannot reach the server: there is no answer',
  answer_unreadable: 'cannot understand the server: its answer does not fit the protocol',
  logged_out: 'cannot do this: nobody is logged in here',
  too_old: 'cannot send by itself: it has waited for more than a day; send it again or discard it',
  storage_full: 'cannot keep it: the storage of this device is full',
  outbox_full: 'cannot take more: too many messages wait to be sent',
  requests_full: 'cannot ask now: too many questions to the server are open',
  client_closed: 'cannot do this: the client was closed',
  download_broken: 'cannot finish the download: it broke off, and nothing of it is kept',
  place_unknown: 'cannot mark it unread: too little of what stands around it is on this device',
  act_unfit: 'cannot do this: what was written is empty or too long',
  text_unfit: 'cannot send this text: it is empty or too long',
} as const satisfies Record<string, `cannot ${string}: ${string}`>;
export type ClientErrorCode = keyof typeof clientErrors;

export type AnyErrorCode = ErrorCode | ClientErrorCode;

/** No, and why. A value, returned and matched on. */
export type ClientRefusal = {
  readonly refused: AnyErrorCode;
  readonly sentence: string;
  readonly details: RefusalDetails;
  /** When the same request may succeed, where that is known. */
  readonly retryAfterMs: number | null;
};

export type OrRefusal<T> = T | ClientRefusal;

export function refuseHere(code: AnyErrorCode, details: RefusalDetails = {}, retryAfterMs: number | null = null): ClientRefusal {
  return { refused: code, sentence: sentenceOf(code), details, retryAfterMs };
}

export function sentenceOf(code: AnyErrorCode): string {
  return code in errors ? errors[code as ErrorCode].sentence : clientErrors[code as ClientErrorCode];
}

export function isRefused(value: unknown): value is ClientRefusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
