import { errors } from '@parlour/core/errors';
import type { MonotonicMs } from '@parlour/core/ids';

/**
 * The connection as a table: in each state, what each event leads to, and what is to be done. Pure; `connection.ts` does it.
 * - stopped: nobody wants a connection   - refused: the server does not want this client as it is
 * - waiting: until `retryAt`, or until something makes trying worth while   - authorizing: an access token is being fetched
 * - opening: a socket is being opened   - greeting: hello was said   - online: welcome came; `probedMs`: a ping was sent, and something must come within so long
 */
export type ConnectionState =
  | { readonly name: 'stopped' }
  | { readonly name: 'refused'; readonly code: number }
  | { readonly name: 'waiting'; readonly attempt: number; readonly retryAt: MonotonicMs }
  | { readonly name: 'authorizing'; readonly attempt: number }
  | { readonly name: 'opening'; readonly attempt: number }
  | { readonly name: 'greeting'; readonly attempt: number }
  | { readonly name: 'online'; readonly probedMs: number | null; readonly comeBackAfterMs: number | null };

export function isBeingMade({ name }: ConnectionState): boolean {
  return name === 'authorizing' || name === 'opening' || name === 'greeting';
}

export type ConnectionEvent =
  | { readonly name: 'start' }
  | { readonly name: 'stop' }
  /** An access token is at hand. */
  | { readonly name: 'authorized' }
  | { readonly name: 'authorization_failed'; readonly retryAfterMs: number | null }
  /** The login has ended: there is nobody to connect as. */
  | { readonly name: 'authorization_refused' }
  | { readonly name: 'opened' }
  | { readonly name: 'welcome' }
  | { readonly name: 'draining'; readonly reconnectAfterMs: number }
  /** `retryAfterMs`: what the server said last about coming back. */
  | { readonly name: 'closed'; readonly code: number; readonly retryAfterMs: number | null }
  /** The alarm that was asked for. `quietMs`: since anything last came from the server. */
  | { readonly name: 'alarm'; readonly quietMs: number }
  /** The network is back, the machine woke, or the person looks. */
  | { readonly name: 'roused' };

export type ConnectionEffect =
  | { readonly effect: 'authorize'; readonly fresh: boolean }
  | { readonly effect: 'open' }
  | { readonly effect: 'hello' }
  | { readonly effect: 'ping' }
  | { readonly effect: 'close' }
  /** Replaces the one before. */
  | { readonly effect: 'alarm'; readonly afterMs: number }
  | { readonly effect: 'no_alarm' }
  | { readonly effect: 'login_ended' }
  | { readonly effect: 'new_device' }
  /** The server does not take the access token, whatever its age: the next one is fetched anew. */
  | { readonly effect: 'forget_token' };

export type ConnectionContext = { readonly now: MonotonicMs /** Uniform in [0, 1). */; readonly random: number };
export type ConnectionStep = { readonly state: ConnectionState; readonly effects: readonly ConnectionEffect[] };

export const connectionTimes = {
  /** Of silence before the client asks whether anybody is there; with the next, within 30 s a dead socket is known. */
  quietMs: 20_000,
  pongMs: 8_000,
  /** How long a person who came back may look at a socket that may be dead. */
  rousedPongMs: 4_000,
  openMs: 10_000,
  backoffFirstMs: 500,
  backoffMaxMs: 30_000,
  /** On a line that stands: the server says itself for how long it wants to be left alone, and may take it again any moment. */
  askAgainMaxMs: 5_000,
} as const;

type Name = ConnectionState['name'];
type StateNamed<N extends Name> = Extract<ConnectionState, { name: N }>;
type EventName = ConnectionEvent['name'];
type EventNamed<N extends EventName> = Extract<ConnectionEvent, { name: N }>;
type Transition<S extends Name, E extends EventName> = (
  state: StateNamed<S>,
  event: EventNamed<E>,
  context: ConnectionContext,
) => ConnectionStep;
type Table = { readonly [S in Name]: { readonly [E in EventName]: Transition<S, E> } };

/** Of the registry, by what they ask of a client. */
export const closeCodes = {
  loginEnded: errors.login_ended.closeCode,
  deviceForeign: errors.device_foreign.closeCode,
  mendFrom: 4100,
  neverFrom: 4200,
  end: 4300,
} as const;

const stay = (state: ConnectionState): ConnectionStep => ({ state, effects: [] });
const stop = (): ConnectionStep => ({ state: { name: 'stopped' }, effects: [{ effect: 'no_alarm' }, { effect: 'close' }] });

/** [SDK-32] Full jitter: anywhere from at once to the bound, so that a crowd that was cut off together does not come back together. */
export function backoffMs(attempt: number, random: number): number {
  return upTo(connectionTimes.backoffMaxMs, attempt, random);
}

/** [SDK-32] How long after a refusal the same is asked again on the same line. */
export function askAgainMs(attempt: number, random: number): number {
  return upTo(connectionTimes.askAgainMaxMs, attempt, random);
}

function upTo(maxMs: number, attempt: number, random: number): number {
  return Math.floor(random * Math.min(maxMs, connectionTimes.backoffFirstMs * 2 ** Math.min(attempt, 16)));
}

function wait(attempt: number, retryAfterMs: number | null, { now, random }: ConnectionContext): ConnectionStep {
  const afterMs = retryAfterMs === null ? backoffMs(attempt, random) : retryAfterMs + backoffMs(0, random);
  return {
    state: { name: 'waiting', attempt: attempt + 1, retryAt: (now + afterMs) as MonotonicMs },
    effects: [{ effect: 'close' }, { effect: 'alarm', afterMs }],
  };
}

/** What failed before says nothing of now; the attempt that is under way may still be one of then, and the next one comes soon. */
function heartened<S extends { readonly attempt: number }>(state: S): S {
  return { ...state, attempt: Math.min(state.attempt, 1) };
}

function authorize(attempt: number, fresh: boolean): ConnectionStep {
  return { state: { name: 'authorizing', attempt }, effects: [{ effect: 'no_alarm' }, { effect: 'authorize', fresh }] };
}

const loggedOut = (): ConnectionStep => ({
  state: { name: 'stopped' },
  effects: [{ effect: 'no_alarm' }, { effect: 'close' }, { effect: 'login_ended' }],
});

/** [SDK-33] The close code decides: come back, come back after mending, or do not come back. */
function closed(attempt: number, { code, retryAfterMs }: EventNamed<'closed'>, context: ConnectionContext): ConnectionStep {
  if (code === closeCodes.loginEnded) return loggedOut();
  if (code === closeCodes.deviceForeign) {
    const { state, effects } = wait(attempt, null, context);
    return { state, effects: [{ effect: 'new_device' }, ...effects] };
  }
  if (code >= closeCodes.neverFrom && code < closeCodes.end)
    return { state: { name: 'refused', code }, effects: [{ effect: 'no_alarm' }, { effect: 'close' }] };
  if (code >= closeCodes.mendFrom && code < closeCodes.neverFrom) {
    const { state, effects } = attempt === 0 ? authorize(1, true) : wait(attempt, retryAfterMs, context);
    return { state, effects: [{ effect: 'forget_token' }, { effect: 'close' }, ...effects] };
  }
  return wait(attempt, retryAfterMs, context);
}

const overdue = ({ attempt }: { readonly attempt: number }, _event: unknown, context: ConnectionContext) => wait(attempt, null, context);
const lost = ({ attempt }: { readonly attempt: number }, event: EventNamed<'closed'>, context: ConnectionContext) =>
  closed(attempt, event, context);

/** [SDK-30] Every state says what it does at every event; the compiler sees that none is missing. */
export const connectionTable: Table = {
  stopped: {
    start: () => authorize(0, false),
    stop: stay,
    authorized: stay,
    authorization_failed: stay,
    authorization_refused: stay,
    opened: stay,
    welcome: stay,
    draining: stay,
    closed: stay,
    alarm: stay,
    roused: stay,
  },
  refused: {
    start: () => authorize(0, false),
    stop,
    authorized: stay,
    authorization_failed: stay,
    authorization_refused: stay,
    opened: stay,
    welcome: stay,
    draining: stay,
    closed: stay,
    alarm: stay,
    roused: stay,
  },
  waiting: {
    start: stay,
    stop,
    authorized: stay,
    authorization_failed: stay,
    authorization_refused: stay,
    opened: stay,
    welcome: stay,
    draining: stay,
    closed: stay,
    alarm: ({ attempt }) => authorize(attempt, false),
    roused: (state) => authorize(heartened(state).attempt, false),
  },
  authorizing: {
    start: stay,
    stop,
    authorized: ({ attempt }) => ({
      state: { name: 'opening', attempt },
      effects: [{ effect: 'open' }, { effect: 'alarm', afterMs: connectionTimes.openMs }],
    }),
    authorization_failed: ({ attempt }, { retryAfterMs }, context) => wait(attempt, retryAfterMs, context),
    authorization_refused: loggedOut,
    opened: stay,
    welcome: stay,
    draining: stay,
    closed: stay,
    alarm: stay,
    roused: (state) => stay(heartened(state)),
  },
  opening: {
    start: stay,
    stop,
    authorized: stay,
    authorization_failed: stay,
    authorization_refused: loggedOut,
    opened: ({ attempt }) => ({
      state: { name: 'greeting', attempt },
      effects: [{ effect: 'hello' }, { effect: 'alarm', afterMs: connectionTimes.openMs }],
    }),
    welcome: stay,
    draining: stay,
    closed: lost,
    alarm: overdue,
    roused: (state) => stay(heartened(state)),
  },
  greeting: {
    start: stay,
    stop,
    authorized: stay,
    authorization_failed: stay,
    authorization_refused: loggedOut,
    opened: stay,
    welcome: () => ({
      state: { name: 'online', probedMs: null, comeBackAfterMs: null },
      effects: [{ effect: 'alarm', afterMs: connectionTimes.quietMs }],
    }),
    draining: stay,
    closed: lost,
    alarm: overdue,
    roused: (state) => stay(heartened(state)),
  },
  online: {
    start: stay,
    stop,
    authorized: stay,
    // The token still holds for a while, and the connection closes by itself when it does not.
    authorization_failed: stay,
    authorization_refused: loggedOut,
    opened: stay,
    welcome: stay,
    draining: (state, { reconnectAfterMs }) => stay({ ...state, comeBackAfterMs: reconnectAfterMs }),
    closed: ({ comeBackAfterMs }, { code, retryAfterMs }, context) =>
      closed(0, { name: 'closed', code, retryAfterMs: retryAfterMs ?? comeBackAfterMs }, context),
    alarm: (state, { quietMs }, context) => listen(state, quietMs, context),
    roused: (state) => probe(state, connectionTimes.rousedPongMs),
  },
};

/** [SDK-31] After silence it asks; where nothing has come since, the socket is dead, whatever it says itself. */
function listen(state: StateNamed<'online'>, quietMs: number, context: ConnectionContext): ConnectionStep {
  const { quietMs: patienceMs, pongMs } = connectionTimes;
  if (state.probedMs !== null) {
    if (quietMs >= state.probedMs) return wait(0, null, { ...context, random: 0 });
    return { state: { ...state, probedMs: null }, effects: [{ effect: 'alarm', afterMs: Math.max(1, patienceMs - quietMs) }] };
  }
  return quietMs < patienceMs ? { state, effects: [{ effect: 'alarm', afterMs: patienceMs - quietMs }] } : probe(state, pongMs);
}

function probe(state: StateNamed<'online'>, probedMs: number): ConnectionStep {
  return { state: { ...state, probedMs }, effects: [{ effect: 'ping' }, { effect: 'alarm', afterMs: probedMs }] };
}

export function stepConnection(state: ConnectionState, event: ConnectionEvent, context: ConnectionContext): ConnectionStep {
  // The table is total, so the row and the column of a pair always fit; TypeScript cannot say so of a union.
  const transition = connectionTable[state.name][event.name] as (
    ...args: [ConnectionState, ConnectionEvent, ConnectionContext]
  ) => ConnectionStep;
  return transition(state, event, context);
}
