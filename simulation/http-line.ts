import type { LoginId } from '@parlour/core/ids';
import type { HttpAnswer, HttpRequest, LoginHint } from '../packages/sdk/src/platform.ts';

type Authenticated = { readonly login: LoginId; readonly refreshToken?: string };
const authenticating = new Set(['/v1/accounts', '/v1/logins', '/v1/tokens']);

/** What a browser keeps beside the page's store: one refresh cookie a login, out of reach of scripts, and the hint at the last of them. */
export class CookieJar {
  readonly #refreshTokens = new Map<LoginId, string>();
  #hint: LoginId | null = null;

  readonly hint: LoginHint = {
    load: () => this.#hint,
    forget: () => {
      this.#hint = null;
    },
  };

  /** The cookie goes along where the page asks for a new token. */
  send(request: HttpRequest): HttpRequest {
    if (new URL(request.url).pathname !== '/v1/tokens' || request.body === null) return request;
    const body = JSON.parse(request.body) as { readonly login: LoginId };
    const refreshToken = this.#refreshTokens.get(body.login);
    return refreshToken === undefined ? request : { ...request, body: JSON.stringify({ ...body, refreshToken }) };
  }

  /** The server sets the cookie; the page does not see it. */
  receive(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
    if (answer.status !== 200 || !authenticating.has(new URL(request.url).pathname)) return answer;
    const { refreshToken, ...shown } = JSON.parse(answer.text) as Authenticated;
    if (refreshToken) {
      this.#refreshTokens.set(shown.login, refreshToken);
      this.#hint = shown.login;
    }
    return { ...answer, text: JSON.stringify(shown) };
  }
}
