import type { MonotonicMs } from '@parlour/core/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askAgainMs,
  backoffMs,
  type ConnectionEvent,
  type ConnectionState,
  connectionTable,
  connectionTimes,
  stepConnection,
} from './connection-state.ts';

const context = { now: 1_000 as MonotonicMs, random: 0.5 };
const attempt = fc.nat(20);
const state: fc.Arbitrary<ConnectionState> = fc.oneof(
  fc.constant({ name: 'stopped' as const }),
  fc.record({ name: fc.constant('refused' as const), code: fc.integer({ min: 4200, max: 4299 }) }),
  fc.record({ name: fc.constant('waiting' as const), attempt, retryAt: fc.nat().map((at) => at as MonotonicMs) }),
  fc.record({ name: fc.constantFrom('authorizing' as const, 'opening' as const, 'greeting' as const), attempt }),
  fc.record({
    name: fc.constant('online' as const),
    probedMs: fc.option(fc.constantFrom(4_000, 8_000)),
    comeBackAfterMs: fc.option(fc.nat(10_000)),
  }),
);
const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
  fc.record({
    name: fc.constantFrom(
      'start' as const,
      'stop' as const,
      'authorized' as const,
      'authorization_refused' as const,
      'opened' as const,
      'welcome' as const,
      'roused' as const,
    ),
  }),
  fc.record({ name: fc.constant('authorization_failed' as const), retryAfterMs: fc.option(fc.nat(60_000)) }),
  fc.record({ name: fc.constant('draining' as const), reconnectAfterMs: fc.nat(10_000) }),
  fc.record({
    name: fc.constant('closed' as const),
    code: fc.oneof(fc.integer({ min: 1000, max: 1015 }), fc.integer({ min: 4000, max: 4299 })),
    retryAfterMs: fc.option(fc.nat(10_000)),
  }),
  fc.record({ name: fc.constant('alarm' as const), quietMs: fc.nat(60_000) }),
);

const after = (from: ConnectionState, ...events: ConnectionEvent[]) =>
  events.reduce(
    (step, next) => stepConnection(step.state, next, context),
    stepConnection(from, events.shift() as ConnectionEvent, context),
  );
const online: ConnectionState = { name: 'online', probedMs: null, comeBackAfterMs: null };
const closed = (code: number): ConnectionEvent => ({ name: 'closed', code, retryAfterMs: null });

describe('connection', () => {
  test('[SDK-30] every state answers every event, and whoever waits has an alarm', () => {
    fc.assert(
      fc.property(state, event, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (from, what, random) => {
        const step = stepConnection(from, what, { ...context, random });
        expect(connectionTable).toHaveProperty(step.state.name);
        const isNew = step.state.name !== from.name;
        const waits = ['waiting', 'opening', 'greeting', 'online'].includes(step.state.name);
        if (isNew && waits) expect(step.effects.map(({ effect }) => effect)).toContain('alarm');
        if (isNew && step.state.name === 'authorizing') expect(step.effects.map(({ effect }) => effect)).toContain('authorize');
      }),
    );
  });

  test('[SDK-30] from any history, a stop ends it and a start begins it again', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (history) => {
        const reached = history.reduce<ConnectionState>((from, what) => stepConnection(from, what, context).state, { name: 'stopped' });
        expect(stepConnection(reached, { name: 'stop' }, context).state).toEqual({ name: 'stopped' });
        expect(after(reached, { name: 'stop' }, { name: 'start' }).state.name).toBe('authorizing');
      }),
    );
  });

  test('[SDK-31] a socket that stays silent is given up within 30 s', () => {
    const { quietMs, pongMs } = connectionTimes;
    expect(quietMs + pongMs).toBeLessThanOrEqual(30_000);
    const asked = stepConnection(online, { name: 'alarm', quietMs }, context);
    expect(asked.effects).toEqual([{ effect: 'ping' }, { effect: 'alarm', afterMs: pongMs }]);
    const given = stepConnection(asked.state, { name: 'alarm', quietMs: quietMs + pongMs }, context);
    expect(given.state.name).toBe('waiting');
    expect(given.effects).toContainEqual({ effect: 'close' });
  });

  test('[SDK-31] a socket that answers is kept', () => {
    const { quietMs, pongMs, rousedPongMs } = connectionTimes;
    const asked = stepConnection(online, { name: 'alarm', quietMs }, context);
    const roused = stepConnection(online, { name: 'roused' }, context);
    // It answered in a moment, and has been silent since.
    for (const [{ state }, askedMs] of [
      [asked, pongMs],
      [roused, rousedPongMs],
    ] as const) {
      const heard = stepConnection(state, { name: 'alarm', quietMs: askedMs - 1 }, context);
      expect(heard.state).toEqual(online);
      expect(heard.effects).toEqual([{ effect: 'alarm', afterMs: quietMs - askedMs + 1 }]);
      expect(stepConnection(state, { name: 'alarm', quietMs: askedMs }, context).state.name).toBe('waiting');
    }
  });

  test('[SDK-32] the wait is anywhere up to a bound that doubles and stops at 30 s', () => {
    fc.assert(
      fc.property(attempt, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (tries, random) => {
        const waitMs = backoffMs(tries, random);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** tries));
      }),
    );
    expect(backoffMs(20, 0.999_99)).toBeGreaterThan(29_000);
  });

  test('[SDK-32] what was refused on a line that stands is asked again within 5 s, however often it was refused', () => {
    fc.assert(
      fc.property(attempt, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (tries, random) => {
        expect(askAgainMs(tries, random)).toBeGreaterThanOrEqual(0);
        expect(askAgainMs(tries, random)).toBeLessThanOrEqual(Math.min(5_000, 500 * 2 ** tries));
      }),
    );
    expect(askAgainMs(20, 0.999_99)).toBeGreaterThan(4_900);
  });

  test('[SDK-32] whoever waits comes back at once when the network, the machine or the person does', () => {
    const waiting: ConnectionState = { name: 'waiting', attempt: 9, retryAt: 31_000 as MonotonicMs };
    expect(stepConnection(waiting, { name: 'roused' }, context).state).toEqual({ name: 'authorizing', attempt: 1 });
  });

  test.each(['authorizing', 'opening', 'greeting'] as const)('[SDK-32] and where it was just trying (%s), it soon tries again', (name) => {
    const { state: trying } = stepConnection({ name, attempt: 9 }, { name: 'roused' }, context);
    expect(trying.name).toBe(name);
    const fails: ConnectionEvent =
      name === 'authorizing' ? { name: 'authorization_failed', retryAfterMs: null } : { name: 'alarm', quietMs: 0 };
    const { effects } = stepConnection(trying, fails, { ...context, random: 0.999 });
    expect(effects.find(({ effect }) => effect === 'alarm')).toMatchObject({ afterMs: expect.closeTo(1_000, -2) });
  });

  test.each([1000, 1001, 1006, 4000, 4003, 4099])('[SDK-33] after %i the client comes back', (code) => {
    expect(stepConnection(online, closed(code), context).state.name).toBe('waiting');
  });

  test('[SDK-33] it comes back when the server said, and not before', () => {
    const leaving = stepConnection(online, { name: 'draining', reconnectAfterMs: 7_000 }, context).state;
    const step = stepConnection(leaving, closed(4002), context);
    expect(step.effects.find(({ effect }) => effect === 'alarm')).toMatchObject({ afterMs: expect.closeTo(7_250, -3) });
    if (step.state.name !== 'waiting') throw new Error('it does not wait');
    expect(step.state.retryAt - context.now).toBeGreaterThanOrEqual(7_000);
  });

  test('[SDK-33] a token that is not taken is renewed first; renewed in vain, the client waits', () => {
    const step = stepConnection(online, closed(4100), context);
    expect(step.effects).toContainEqual({ effect: 'authorize', fresh: true });
    expect(after(step.state, { name: 'authorized' }, { name: 'opened' }, closed(4100)).state.name).toBe('waiting');
  });

  test.each([4200, 4202, 4299])('[SDK-33] after %i it does not come back by itself', (code) => {
    const { state: refused } = stepConnection(online, closed(code), context);
    expect(refused).toEqual({ name: 'refused', code });
    for (const what of ['roused', 'opened', 'welcome'] as const)
      expect(stepConnection(refused, { name: what }, context).state).toBe(refused);
  });

  test('[SDK-33] an ended login ends the connection; a foreign device becomes a new one', () => {
    const ended = stepConnection(online, closed(4204), context);
    expect(ended.state).toEqual({ name: 'stopped' });
    expect(ended.effects).toContainEqual({ effect: 'login_ended' });
    const foreign = stepConnection({ name: 'greeting', attempt: 0 }, closed(4205), context);
    expect(foreign.state.name).toBe('waiting');
    expect(foreign.effects[0]).toEqual({ effect: 'new_device' });
  });
});
