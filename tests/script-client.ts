import type { ConversationId, DeviceId, OperationNumber } from '@parlour/core/ids';
import { nodeEnvironment } from '@parlour/sdk/node-environment';
import type { SeededLogin } from '../testkit/seeded-people.ts';

export type HttpAnswer = { readonly status: number; readonly body: Record<string, unknown>; readonly retryAfter: string | null };

/** A script that knows HTTP only: what is answered is what comes back. */
export class ScriptClient {
  readonly #url: string;
  readonly #token: string;
  readonly #device = nodeEnvironment.id() as DeviceId;
  #n = 0;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async open(url: string, { me, refreshToken }: SeededLogin): Promise<ScriptClient> {
    const answer = await exchange(`${url}/v1/tokens`, { method: 'POST', body: { login: me.login, refreshToken } });
    if (answer.status !== 200) throw new Error(`cannot renew: ${JSON.stringify(answer)}`);
    return new ScriptClient(url, String(answer.body.accessToken));
  }

  /** @param n of an earlier message, to send that again */
  send(conversation: ConversationId, text: string, n = this.nextNumber()): Promise<HttpAnswer> {
    const body = { device: this.#device, n, text };
    return exchange(`${this.#url}/v1/conversations/${conversation}/entries`, { method: 'POST', token: this.#token, body });
  }

  nextNumber(): OperationNumber {
    this.#n += 1;
    return this.#n as OperationNumber;
  }

  read(conversation: ConversationId): Promise<HttpAnswer> {
    return exchange(`${this.#url}/v1/conversations/${conversation}/entries`, { method: 'GET', token: this.#token });
  }
}

async function exchange(
  url: string,
  { method, body, token }: { readonly method: string; readonly body?: object; readonly token?: string },
): Promise<HttpAnswer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    retryAfter: response.headers.get('retry-after'),
  };
}
