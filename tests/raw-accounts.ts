import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { RawSocket } from '../conformance/raw-socket.ts';
import { idFromBytes, type PersonId } from '../packages/core/src/ids.ts';

/** Somebody without the SDK. */
export type Account = { readonly accessToken: string; readonly person: { readonly id: PersonId } };

const password = 'violet tractor 19 umbrella';

export async function post(url: string, path: string, body: object): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

export async function register(url: string, handle: string): Promise<Account> {
  const answer = await post(url, '/v1/accounts', { email: `${handle}@example.org`, handle, password, client: 'program' });
  expect(answer.status).toBe(201);
  return answer.json() as Promise<Account>;
}

/** Greets as a new device, and waits for nothing. */
export async function enter({ url }: { readonly url: string }, { accessToken: token }: Account, held: DisposableStack): Promise<RawSocket> {
  const socket = held.use(await RawSocket.open(url));
  socket.answersPings = true;
  socket.say({ kind: 'hello', versions: [1], token, device: idFromBytes(randomBytes(16)), operationNumber: 0, client: 'attack' });
  return socket;
}
