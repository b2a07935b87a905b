import assert from 'node:assert/strict';
import { callRoute } from '../contract-call.ts';
import { Device, greeted } from '../device.ts';
import { rule, type Section, Unseen } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

const lostNewsMs = 30_000;
/** Beyond what the server must keep to: machines are slow. */
const marginMs = 30_000;

export const tokens: Section = {
  name: 'tokens',
  lane: 'hasty',
  cases: [
    rule(
      '[TOKEN-1] renew brings the end of the fresh token; another login’s and a dead one are refused, and the socket stays',
      async (place) => {
        const lea = await place.person('lea');
        using device = await Device.enter(lea);
        const other = await lea.again();
        for (const token of [await other.token(), 'no.token.this']) {
          assert.equal((await device.refused({ kind: 'renew', token })).code, 'unauthenticated');
        }
        const { tokenExpiresAt } = await device.get('renewed', { kind: 'renew', token: await lea.token() });
        assert.ok(tokenExpiresAt >= device.welcome.tokenExpiresAt);
        await device.settle();
      },
    ),

    rule(
      '[TOKEN-2] [TOKEN-1] a socket closes with 4100 when its token ends, and lives on where it was renewed; what has ended opens nothing',
      async ({ hasty: place }) => {
        const hal = await place.person('hal');
        using renewed = await Device.enter(hal);
        const token = await hal.token();
        using left = await Device.enter(hal, { token });
        const { serverTime, tokenExpiresAt } = left.welcome;
        const livesMs = tokenExpiresAt - serverTime;
        if (livesMs > place.patienceMs) {
          throw new Unseen(
            `a token lives ${Math.round(livesMs / 1_000)} s here`,
            `\`--patience ${Math.ceil(livesMs / 1_000) + 5}\` waits for its end`,
          );
        }
        let endsAt = renewed.welcome.tokenExpiresAt;
        let isClosed = false;
        const closed = left.socket.closed(livesMs + marginMs).then((code) => {
          isClosed = true;
          return code;
        });
        closed.catch(() => {});
        // Renewed as a client does: with the token of its login, again and again.
        do {
          const { tokenExpiresAt: next } = await renewed.get('renewed', { kind: 'renew', token: await hal.token() });
          assert.ok(next >= endsAt);
          endsAt = next;
          await waitAsTold(livesMs / 4);
        } while (!isClosed);
        assert.equal(await closed, 4100);
        assert.equal(left.frames().at(-1)?.kind === 'error' && (left.frames().at(-1) as { code: string }).code, 'unauthenticated');
        await renewed.settle();
        assert.ok(endsAt > tokenExpiresAt);
        assert.equal((await greeted(hal, { token })).closed, 4100);
        assert.equal((await callRoute(place.url, 'loadMe', { token })).code, 'unauthenticated');
      },
    ),
  ],
};

export const logins: Section = {
  name: 'logins',
  cases: [
    rule('[LOGIN-1] a login that is ended loses all its sockets at once with 4204, and no other does', async (place) => {
      const lea = await place.person('lea');
      const other = await lea.again();
      using own = await Device.enter(lea);
      using one = await Device.enter(other);
      using two = await Device.enter(other);
      const token = await other.token();
      assert.equal((await lea.call('endLogin', { params: { login: other.login } })).status, 204);
      for (const device of [one, two]) assert.equal(await device.socket.closed(), 4204);
      await own.settle();
      assert.equal((await greeted(other, { token })).closed, 4204);
      assert.equal((await callRoute(place.url, 'loadMe', { token })).code, 'login_ended');
    }),

    rule('[LOGIN-2] where the news of it is lost, the socket closes with 4204 within 30 s', async (place) => {
      const operator = place.operator('a login must be ended behind the back of the server', 'end-login LOGIN');
      const other = await (await place.person('lea')).again();
      using device = await Device.enter(other);
      await operator.endLogin(other.login);
      assert.equal(await device.socket.closed(lostNewsMs + marginMs), 4204);
    }),

    rule('[LOGIN-1] logging out everywhere closes the sockets of all logins', async (place) => {
      const person = await place.person('out');
      const other = await person.again();
      using one = await Device.enter(person);
      using two = await Device.enter(other);
      assert.equal((await other.call('endLogins')).status, 204);
      for (const device of [one, two]) assert.equal(await device.socket.closed(), 4204);
    }),
  ],
};
