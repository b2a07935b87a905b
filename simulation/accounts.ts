import { errors, isRefusal, type Refusal } from '@parlour/core/errors';
import { createAccount } from '@parlour/protocol/http/create-account';
import { createLogin } from '@parlour/protocol/http/create-login';
import type { Problem } from '@parlour/protocol/http/problem';
import { renewLogin as renewLoginSchema } from '@parlour/protocol/http/renew-login';
import { digest16 } from '../apps/server/src/node-environment.ts';
import type { AccessClaims, AccessTokens } from '../apps/server/src/ports/access-tokens.ts';
import type { PasswordHasher } from '../apps/server/src/ports/password-hasher.ts';
import type { PasswordJudge } from '../apps/server/src/ports/password-judge.ts';
import { presentPerson } from '../apps/server/src/present/present-row.ts';
import { logIn } from '../apps/server/src/usecases/log-in.ts';
import type { LoginTools, OpenedLogin } from '../apps/server/src/usecases/open-login.ts';
import { type RegisterTools, registerPerson } from '../apps/server/src/usecases/register-person.ts';
import { renewLogin } from '../apps/server/src/usecases/renew-login.ts';
import type { HttpAnswer, HttpRequest } from '../packages/sdk/src/platform.ts';

/** Signed like real ones, by a secret of the world; real signatures are made on other threads, whose order no seed decides. */
export const simulatedTokens: AccessTokens = {
  sign: async (claims) => {
    const said = btoa(JSON.stringify(claims));
    return `${said}.${digest16(`secret of the world ${said}`)}`;
  },
  read: async (token) => {
    const [said = '', signature] = token.split('.');
    return signature === digest16(`secret of the world ${said}`) ? (JSON.parse(atob(said)) as AccessClaims) : null;
  },
};

/** Quick instead of slow: no guesser lives in this world. */
export const simulatedHasher: PasswordHasher = {
  hash: async (password) => ({ hash: digest16(password) }),
  verify: async (password, hash) => ({ matches: hash === digest16(password) }),
};

export const simulatedJudge: PasswordJudge = { judge: async () => ({ verdict: 'strong' }) };

export type AccountTools = RegisterTools & LoginTools;

/** What the SDK asks over HTTP, answered by the usecases that answer it in the product. */
export async function answerHttp(request: HttpRequest, address: string, tools: AccountTools): Promise<HttpAnswer> {
  const { pathname } = new URL(request.url);
  const body: unknown = request.body === null ? null : JSON.parse(request.body);
  switch (`${request.method} ${pathname}`) {
    case 'POST /v1/accounts': {
      const { client, label = '', ...wish } = createAccount.parse(body);
      return presentAnswer(await registerPerson(wish, { client, label, address }, tools));
    }
    case 'POST /v1/logins': {
      const { client, label = '', ...claim } = createLogin.parse(body);
      return presentAnswer(await logIn(claim, { client, label, address }, tools));
    }
    case 'POST /v1/tokens': {
      const { login, refreshToken = '' } = renewLoginSchema.parse(body);
      return presentAnswer(await renewLogin({ login, refreshToken, address }, tools));
    }
    default:
      return { status: 404, retryAfterMs: null, text: '' };
  }
}

function presentAnswer(opened: OpenedLogin | (Refusal & { readonly retryAfterMs?: number })): HttpAnswer {
  if (isRefusal(opened)) {
    const { refused, details, retryAfterMs } = opened;
    const { httpStatus: status, retryable, sentence: title } = errors[refused];
    const problem: Problem = { type: `#${refused}`, title, status, code: refused, retryable, retryAfterMs, details };
    return { status, retryAfterMs: retryAfterMs ?? null, text: JSON.stringify(problem) };
  }
  const { accessToken, expiresInMs, person, login, refreshToken } = opened;
  const shown = { accessToken, expiresInMs, person: presentPerson(person), login, refreshToken };
  return { status: 200, retryAfterMs: null, text: JSON.stringify(shown) };
}
