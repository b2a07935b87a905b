import type { Environment } from '@parlour/core/environment';
import { type ErrorCode, errors } from '@parlour/core/errors';
import type { ConversationId, LoginId, MonotonicMs, Seq } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { type Authenticated, authenticated } from '@parlour/protocol/http/authenticated';
import { foundPeople } from '@parlour/protocol/http/find-people';
import { gateways } from '@parlour/protocol/http/gateways';
import { listedBans, listedMembers } from '@parlour/protocol/http/groups';
import { logins } from '@parlour/protocol/http/logins';
import { markersOfConversation } from '@parlour/protocol/http/markers';
import { me as meSchema } from '@parlour/protocol/http/me';
import { problem } from '@parlour/protocol/http/problem';
import { type ServerFacts, serverFacts } from '@parlour/protocol/http/server-facts';
import type { PersonOnWire } from '@parlour/protocol/parts';
import type * as z from 'zod/mini';
import type {
  Evidence,
  EvidenceOptions,
  Login,
  Me,
  MembersPage,
  MembersQuery,
  Person,
  ProfileChanges,
  RegistrationForm,
} from './client.ts';
import { readEvidence } from './evidence-download.ts';
import type { Credentials, Download, Exchange, HttpAnswer, HttpDownload, HttpRequest, LoginHint } from './platform.ts';
import { type ClientRefusal, isRefused, type OrRefusal, refuseHere } from './refusal.ts';

/** A token this close to its end is renewed before it is used. */
const tokenMarginMs = 60_000;

export type AccountOptions = {
  readonly environment: Environment;
  readonly exchange: Exchange;
  readonly download: Download;
  readonly url: string;
  readonly credentials: Credentials | null;
  readonly loginHint: LoginHint | null;
  readonly label: string;
};

type Call<Body> = {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: object;
  readonly token?: string;
  /** Null where the answer has no body. */
  readonly schema: z.ZodMiniType<Body> | null;
};

/** Logins and profiles, over HTTP. The access token is in memory only, and never in a URL. */
export class Account {
  readonly #options: AccountOptions;
  readonly #tokens = new Map<LoginId, { readonly value: string; readonly endsAt: MonotonicMs }>();
  #renewing: { readonly login: LoginId; readonly renewed: Promise<OrRefusal<Me>> } | null = null;

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  serverFacts(): Promise<OrRefusal<ServerFacts>> {
    return this.#call({ method: 'GET', path: '/v1/server', schema: serverFacts });
  }

  /** Where to connect; nowhere else where the server does not say, or cannot be asked. */
  async gateways(token: string): Promise<readonly string[]> {
    const answer = await this.#call({ method: 'GET', path: '/v1/connect', token, schema: gateways });
    return isRefused(answer) ? [] : answer.gateways;
  }

  register(form: RegistrationForm): Promise<OrRefusal<Me>> {
    return this.#open('/v1/accounts', { ...form, ...this.#kind(), label: this.#options.label });
  }

  logIn(form: { readonly name: string; readonly password: string }): Promise<OrRefusal<Me>> {
    return this.#open('/v1/logins', { ...form, ...this.#kind(), label: this.#options.label });
  }

  /** [SDK-50] One renewal at a time: a refresh token is good for one. */
  renew(login: LoginId): Promise<OrRefusal<Me>> {
    if (this.#renewing?.login === login) return this.#renewing.renewed;
    const renewed = this.#renew(login).finally(() => {
      if (this.#renewing?.renewed === renewed) this.#renewing = null;
    });
    this.#renewing = { login, renewed };
    return renewed;
  }

  /** [SDK-53] The token at hand if it is of this login, as another tab may have logged someone else in, and holds for a while yet; else a fresh one. */
  async token(login: LoginId, fresh: boolean): Promise<OrRefusal<string>> {
    const held = this.#tokenOf(login);
    if (held && !fresh && this.tokenLeftMs(login) > tokenMarginMs) return held;
    const renewed = await this.renew(login);
    if (isRefused(renewed)) return renewed;
    return this.#tokenOf(login) ?? refuseHere('logged_out');
  }

  #tokenOf(login: LoginId): string | null {
    return this.#tokens.get(login)?.value ?? null;
  }

  tokenLeftMs(login: LoginId | null): number {
    const token = login === null ? undefined : this.#tokens.get(login);
    return token ? token.endsAt - this.#options.environment.monotonic() : 0;
  }

  /** The server did not take it; the next one asked for is a fresh one. */
  forgetToken(): void {
    this.#tokens.clear();
  }

  async forget(): Promise<void> {
    this.#tokens.clear();
    this.#options.loginHint?.forget();
    await this.#options.credentials?.save(null);
  }

  /**
   * [SDK-54] The store is new and the login is not, as when a browser gives up the one and keeps its cookies. A login that is over is asked
   * about once.
   */
  async comeBack(): Promise<Me | null> {
    const login = this.#options.loginHint?.load();
    if (!login) return null;
    const me = await this.renew(login);
    if (!isRefused(me)) return me;
    if (me.refused === 'refresh_refused') await this.forget();
    return null;
  }

  async logins(login: LoginId): Promise<OrRefusal<readonly Login[]>> {
    const answer = await this.#withToken(login, { method: 'GET', path: '/v1/logins', schema: logins });
    return isRefused(answer) ? answer : answer.logins;
  }

  endLogin(login: LoginId, ended: LoginId): Promise<OrRefusal<void>> {
    return this.#withToken<void>(login, { method: 'DELETE', path: `/v1/logins/${ended}`, schema: null });
  }

  endAllLogins(login: LoginId): Promise<OrRefusal<void>> {
    return this.#withToken<void>(login, { method: 'DELETE', path: '/v1/logins', schema: null });
  }

  /**
   * [SDK-53] Of two who logged in at once the first one’s login is nobody’s any more, and would stay valid unseen. A person ends their own with
   * the new one; that of somebody else speaks for itself a last time.
   */
  async endReplaced(replaced: Me, by: Me): Promise<void> {
    await this.endLogin(replaced.id === by.id ? by.login : replaced.login, replaced.login);
    this.#tokens.delete(replaced.login);
  }

  async updateProfile(login: LoginId, changes: ProfileChanges): Promise<OrRefusal<Me>> {
    const answer = await this.#withToken(login, { method: 'PATCH', path: '/v1/me', body: changes, schema: meSchema });
    return isRefused(answer) ? answer : { ...presentPerson(answer.person), login: answer.login };
  }

  async findPeople(login: LoginId, query: { readonly handle: string } | { readonly name: string }): Promise<OrRefusal<readonly Person[]>> {
    if ('handle' in query && !canBeHandle(query.handle)) return [];
    const search = 'handle' in query ? `handle=${encodeURIComponent(query.handle)}` : `name=${encodeURIComponent(query.name)}`;
    const answer = await this.#withToken(login, { method: 'GET', path: `/v1/people?${search}`, schema: foundPeople });
    return isRefused(answer) ? answer : answer.people.map(presentPerson);
  }

  /** Who has read and received up to where, with the steps in which they came there, newest first. */
  async markers(login: LoginId, conversation: ConversationId): Promise<OrRefusal<z.infer<typeof markersOfConversation>['markers']>> {
    const path = `/v1/conversations/${conversation}/markers`;
    const answer = await this.#withToken(login, { method: 'GET', path, schema: markersOfConversation });
    return isRefused(answer) ? answer : answer.markers;
  }

  async members(
    login: LoginId,
    conversation: ConversationId,
    query: MembersQuery & { readonly knownSeq: Seq },
  ): Promise<OrRefusal<MembersPage>> {
    const asked = Object.entries(query).map(([key, value]): [string, string] => [key, `${value}`]);
    const path = `/v1/conversations/${conversation}/members?${new URLSearchParams(asked)}`;
    const answer = await this.#withToken(login, { method: 'GET', path, schema: listedMembers });
    if (isRefused(answer)) return answer;
    return { ...answer, members: answer.members.map((member) => ({ ...member, person: presentPerson(member.person) })) };
  }

  async bans(login: LoginId, conversation: ConversationId): Promise<OrRefusal<readonly Person[]>> {
    const path = `/v1/conversations/${conversation}/bans`;
    const answer = await this.#withToken(login, { method: 'GET', path, schema: listedBans });
    return isRefused(answer) ? answer : answer.people.map(presentPerson);
  }

  /** [SDK-77] */
  async evidence(login: LoginId, conversation: ConversationId, options: EvidenceOptions): Promise<OrRefusal<Evidence>> {
    const { onProgress = () => {}, signal = new AbortController().signal } = options;
    const url = `${this.#options.url}/v1/conversations/${conversation}/evidence`;
    return this.#asLogin(login, async (token) => {
      let answer: HttpDownload;
      try {
        answer = await this.#options.download({ method: 'GET', url, headers: { authorization: `Bearer ${token}` }, body: null }, signal);
      } catch {
        return refuseHere('unreachable');
      }
      if (answer.status < 400) return readEvidence(answer.chunks, onProgress);
      return refusalOf({ ...answer, text: await textOf(answer.chunks) });
    });
  }

  #kind() {
    return { client: this.#options.credentials ? ('program' as const) : ('browser' as const) };
  }

  async #open(path: string, body: object): Promise<OrRefusal<Me>> {
    const answer = await this.#call({ method: 'POST', path, body, schema: authenticated });
    return isRefused(answer) ? answer : this.#take(answer);
  }

  async #renew(login: LoginId): Promise<OrRefusal<Me>> {
    const refreshToken = await this.#options.credentials?.load();
    if (this.#options.credentials && !refreshToken) return refuseHere('refresh_refused');
    const body = { login, ...(refreshToken ? { refreshToken } : {}) };
    const answer = await this.#call({ method: 'POST', path: '/v1/tokens', body, schema: authenticated });
    return isRefused(answer) ? answer : this.#take(answer);
  }

  async #take({ accessToken, expiresInMs, person, login, refreshToken }: Authenticated): Promise<Me> {
    if (refreshToken) await this.#options.credentials?.save(refreshToken);
    this.#tokens.set(login, { value: accessToken, endsAt: (this.#options.environment.monotonic() + expiresInMs) as MonotonicMs });
    return { ...presentPerson(person), login };
  }

  #withToken<Body>(login: LoginId, call: Call<Body>): Promise<OrRefusal<Body>> {
    return this.#asLogin(login, (token) => this.#call({ ...call, token }));
  }

  /** A token that turns out dead is renewed once. */
  async #asLogin<Result>(login: LoginId, act: (token: string) => Promise<OrRefusal<Result>>): Promise<OrRefusal<Result>> {
    for (const fresh of [false, true]) {
      const token = await this.token(login, fresh);
      if (isRefused(token)) return token;
      const answer = await act(token);
      if (!isRefused(answer) || answer.refused !== 'unauthenticated') return answer;
    }
    return refuseHere('unauthenticated');
  }

  async #call<Body>({ method, path, body, token, schema }: Call<Body>): Promise<OrRefusal<Body>> {
    const headers = {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    let answer: HttpAnswer;
    try {
      answer = await this.#options.exchange({
        method,
        url: `${this.#options.url}${path}`,
        headers,
        body: body ? JSON.stringify(body) : null,
      });
    } catch {
      return refuseHere('unreachable');
    }
    if (answer.status >= 400) return refusalOf(answer);
    if (!schema) return undefined as Body;
    const parsed = schema.safeParse(parseJson(answer.text));
    return parsed.success ? parsed.data : refuseHere('answer_unreadable');
  }
}

export function presentPerson({ id, handle, displayName, about, placeholder = false as never }: PersonOnWire): Person {
  return { id, handle, displayName, about, placeholder };
}

function refusalOf(answer: HttpAnswer): ClientRefusal {
  const parsed = problem.safeParse(parseJson(answer.text));
  if (!parsed.success)
    return refuseHere(answer.status >= 500 ? 'unreachable' : 'answer_unreadable', { status: answer.status }, answer.retryAfterMs);
  const { code, details = {}, retryAfterMs } = parsed.data;
  return { refused: code, sentence: sentenceFor(code), details, retryAfterMs: retryAfterMs ?? answer.retryAfterMs };
}

async function textOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<string> {
  const held: Uint8Array<ArrayBuffer>[] = [];
  try {
    for await (const chunk of chunks) held.push(chunk);
  } catch {
    return '';
  }
  return new Blob(held).text();
}

function sentenceFor(code: ErrorCode): string {
  return errors[code].sentence;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What nobody can have as a handle, the server need not be asked for: it would call the question wrong. */
function canBeHandle(text: string): boolean {
  const length = [...text].length;
  return length >= limits.handleLengthMin && length <= limits.handleLengthMax;
}
