import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { idFromBytes } from '@parlour/core/ids';
import type { Authenticated } from '@parlour/protocol/http/authenticated';
import { type Called, type CallOptions, callRoute } from './contract-call.ts';
import type { LineKind } from './line.ts';
import { waitAsTold } from './waiting.ts';

type RouteName = Parameters<typeof callRoute>[1];
/** Where the server is, and what carries the frames. */
type Way = { readonly url: string; readonly line: LineKind };
export type Credentials = { readonly name: string; readonly password: string };

export const newId = (): string => idFromBytes(randomBytes(16));
const triesMax = 60;

/** Somebody with an account on the server, and one login there. */
export class Person {
  readonly url: string;
  /** How they connect. */
  readonly line: LineKind;
  readonly credentials: Credentials;
  #held: Authenticated;
  #heldSince = performance.now();
  #renewing: Promise<void> | null = null;

  private constructor({ url, line }: Way, credentials: Credentials, held: Authenticated) {
    this.url = url;
    this.line = line;
    this.credentials = credentials;
    this.#held = held;
  }

  static async register(way: Way): Promise<Person> {
    const name = `conf${randomBytes(5).toString('hex')}`;
    const password = `${randomBytes(12).toString('base64url')} tractor`;
    const body = { email: `${name}@conformance.example`, handle: name, password, client: 'program' };
    const held = await patiently(way.url, 'createAccount', { body });
    return new Person(way, { name, password }, held.body as Authenticated);
  }

  static async logIn(way: Way, credentials: Credentials): Promise<Person> {
    const held = await patiently(way.url, 'createLogin', { body: { ...credentials, client: 'program' } });
    return new Person(way, credentials, held.body as Authenticated);
  }

  /** The same person by another way, and a login of its own. */
  over(line: LineKind): Promise<Person> {
    return Person.logIn({ url: this.url, line }, this.credentials);
  }

  /** The same person by a login of its own. */
  again(): Promise<Person> {
    return Person.logIn(this, this.credentials);
  }

  get id(): string {
    return this.#held.person.id;
  }

  get handle(): string {
    return this.#held.person.handle;
  }

  get login(): string {
    return this.#held.login;
  }

  get profile(): Authenticated['person'] {
    return this.#held.person;
  }

  /** One that has most of its life before it. */
  async token(): Promise<string> {
    if (performance.now() - this.#heldSince > this.#held.expiresInMs / 4) {
      this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
      await this.#renewing;
    }
    return this.#held.accessToken;
  }

  async call(route: RouteName, options: Omit<CallOptions, 'token'> = {}): Promise<Called> {
    return callRoute(this.url, route, { ...options, token: await this.token() });
  }

  async #renew(): Promise<void> {
    const since = performance.now();
    const body = { login: this.login, refreshToken: this.#held.refreshToken };
    const renewed = await callRoute(this.url, 'renewLogin', { body });
    assert.equal(renewed.status, 200, `the login could not be renewed: ${renewed.code}`);
    this.#held = renewed.body as Authenticated;
    this.#heldSince = since;
  }
}

/** Registering and logging in are rationed: whoever is told to come again does. */
async function patiently(url: string, route: 'createAccount' | 'createLogin', options: CallOptions): Promise<Called> {
  for (let tries = 1; ; tries++) {
    const called = await callRoute(url, route, options);
    if (called.status === 201) return called;
    const isForNow = called.code === 'too_many_requests' || called.code === 'too_busy';
    if (!isForNow || tries === triesMax) throw new Error(`cannot ${route === 'createAccount' ? 'register' : 'log in'}: ${called.code}`);
    await waitAsTold(called.retryAfterMs + 10);
  }
}
