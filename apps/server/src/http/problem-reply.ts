import { STATUS_CODES } from 'node:http';
import { type ErrorCode, errors, refuse, StorageFailure } from '@parlour/core/errors';
import type { Problem } from '@parlour/protocol/http/problem';
import type { FastifyError, FastifyReply } from 'fastify';
import type { RefusalWithWait } from './usecases.ts';

export const problemType = 'application/problem+json';

function presentProblem({ refused, details, retryAfterMs }: RefusalWithWait): Problem {
  const { httpStatus, retryable, sentence } = errors[refused];
  return {
    type: `/docs#error-${refused}`,
    title: sentence,
    status: httpStatus,
    code: refused,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** RFC 9457. */
export function sendProblem(reply: FastifyReply, refusal: RefusalWithWait): FastifyReply {
  const problem = presentProblem(refusal);
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(problem.retryAfterMs / 1_000)));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).header('content-type', problemType).serializer(JSON.stringify).send(problem);
}

/** What was thrown while a request was handled, as what it means to the one who asked. */
export function refusalOfError(error: unknown): RefusalWithWait {
  if (error instanceof StorageFailure) return { ...refuse('storage_unavailable'), retryAfterMs: error.retryAfterMs };
  const { code, statusCode } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse('too_large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refuse('malformed', { reason: 'the body must be application/json' });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return refuse('malformed');
  return { ...refuse('internal'), retryAfterMs: 1_000 };
}

/** For a connection whose bytes are no request at all, so that there is nothing but the socket to answer on. */
export function rawProblem(code: ErrorCode): string {
  const body = JSON.stringify(presentProblem(refuse(code)));
  const status = errors[code].httpStatus;
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: ${problemType}\r\ncache-control: no-store\r\n` +
    `connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
