import { isRefusal, refuse } from '@parlour/core/errors';
import type { RegisterVersion } from '@parlour/core/ids';
import type { Authenticated } from '@parlour/protocol/http/authenticated';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RegisterStore } from '../ports/register-store.ts';
import { presentPerson } from '../present/present-row.ts';
import { changePassword } from '../usecases/change-password.ts';
import { endAllLogins, endLogin } from '../usecases/end-logins.ts';
import { findByHandle, findByName, loadPerson } from '../usecases/find-people.ts';
import { listLogins } from '../usecases/list-logins.ts';
import { loadRegisters } from '../usecases/load-registers.ts';
import { logIn } from '../usecases/log-in.ts';
import type { OpenedLogin } from '../usecases/open-login.ts';
import { putRegister } from '../usecases/put-register.ts';
import { type RegisterTools, registerPerson } from '../usecases/register-person.ts';
import { renewLogin } from '../usecases/renew-login.ts';
import { updateProfile } from '../usecases/update-profile.ts';
import { loginLabelOf } from './login-label.ts';
import { clearRefreshCookie, refreshCookieOf, setRefreshCookie } from './refresh-cookie.ts';
import type { Handlers } from './route-calls.ts';

export type PeopleTools = RegisterTools & { readonly registers: RegisterStore };

/** Whether cookies may travel only encrypted, which is so wherever people reach the server by HTTPS. */
export type IsSecure = (request: FastifyRequest) => boolean;

const registersPerPage = 500;

export function loginHandlers(
  tools: PeopleTools,
  isSecure: IsSecure,
): Pick<Handlers, 'createAccount' | 'createLogin' | 'renewLogin' | 'listLogins' | 'endLogins' | 'endLogin' | 'changePassword'> {
  const present = (opened: OpenedLogin, request: FastifyRequest, reply: FastifyReply): Authenticated => {
    const { person, login, client, accessToken, expiresInMs, refreshToken } = opened;
    const shown = { accessToken, expiresInMs, person: presentPerson(person), login };
    if (client === 'program') return { ...shown, refreshToken };
    setRefreshCookie(reply, login, refreshToken, isSecure(request));
    return shown;
  };
  return {
    createAccount: async ({ body: { client, label, ...wish }, address, request, reply }) => {
      const origin = { client, label: loginLabelOf(label, request.headers['user-agent']), address };
      const opened = await registerPerson(wish, origin, tools);
      return isRefusal(opened) ? opened : present(opened, request, reply);
    },
    createLogin: async ({ body: { client, label, ...claim }, address, request, reply }) => {
      const origin = { client, label: loginLabelOf(label, request.headers['user-agent']), address };
      const opened = await logIn(claim, origin, tools);
      return isRefusal(opened) ? opened : present(opened, request, reply);
    },
    renewLogin: async ({ body: { login, refreshToken }, address, request, reply }) => {
      const cookie = refreshCookieOf(request, login);
      // Browsers say which page asks whenever they send a cookie by POST; whatever does not is not one of our pages.
      if (refreshToken === undefined && cookie !== null && request.headers.origin === undefined) return refuse('origin_refused');
      const given = refreshToken ?? cookie;
      const opened = given === null ? refuse('refresh_refused') : await renewLogin({ login, refreshToken: given, address }, tools);
      if (!isRefusal(opened)) return present(opened, request, reply);
      if (opened.refused === 'refresh_refused' && refreshToken === undefined) clearRefreshCookie(request, reply, login, isSecure(request));
      return opened;
    },
    listLogins: async ({ identity }) => {
      const logins = await listLogins(identity, tools.directory);
      return { logins: logins.map(({ person: _, endedAt: __, ...login }) => login) };
    },
    endLogins: async ({ identity, request, reply }) => {
      clearRefreshCookie(request, reply, identity.login, isSecure(request));
      return endAllLogins(identity.person, tools);
    },
    endLogin: async ({ identity, params, request, reply }) => {
      const login = params.login === 'current' ? identity.login : params.login;
      clearRefreshCookie(request, reply, login, isSecure(request));
      return endLogin(identity.person, login, tools);
    },
    changePassword: async ({ identity, body, address, request, reply }) => {
      const opened = await changePassword(identity, { ...body, address }, tools);
      return isRefusal(opened) ? opened : present(opened, request, reply);
    },
  };
}

export function peopleHandlers(
  tools: PeopleTools,
): Pick<Handlers, 'loadMe' | 'updateMe' | 'findPeople' | 'loadPerson' | 'loadRegisters' | 'writeRegister'> {
  return {
    loadMe: async ({ identity: { person, login } }) => {
      const me = await loadPerson(person, tools.directory);
      return isRefusal(me) ? me : { person: presentPerson(me), login };
    },
    updateMe: async ({ identity: { person, login }, body }) => {
      const me = await updateProfile(person, body, tools);
      return isRefusal(me) ? me : { person: presentPerson(me), login };
    },
    findPeople: async ({ query: { handle, name } }) => {
      const people = handle === undefined ? await findByName(name ?? '', tools.directory) : await findByHandle(handle, tools.directory);
      return { people: people.map(presentPerson) };
    },
    loadPerson: async ({ params: { person } }) => {
      const found = await loadPerson(person, tools.directory);
      return isRefusal(found) ? found : presentPerson(found);
    },
    loadRegisters: async ({ identity: { person }, query: { sinceVer, limit } }) => {
      const page = { sinceVer: sinceVer ?? (0 as RegisterVersion), limit: limit ?? registersPerPage };
      const { registers, headVer, sum, more } = await loadRegisters(person, page, tools.registers);
      return { registers: [...registers], headVer, sum, more };
    },
    writeRegister: async ({ identity: { person }, params: { key }, body: { ver, value } }) =>
      putRegister(person, { key, expectVer: ver, value }, tools),
  };
}
