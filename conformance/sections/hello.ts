import assert from 'node:assert/strict';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { protocolVersions } from '@parlour/protocol/version';
import { Device, genesis, greeted, helloOf } from '../device.ts';
import { openLine } from '../open-line.ts';
import { newId } from '../person.ts';
import { rule, type Section, Unseen } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

/** Beyond what the server must keep to: machines are slow. */
const marginMs = 30_000;

export const hello: Section = {
  name: 'hello',
  cases: [
    rule('[HELLO-1] anything else first closes with 4203, and nothing of it is done', async (place) => {
      const ada = await place.person('ada');
      const key = `drafts.${newId()}`;
      for (const frame of [{ kind: 'put_register', id: 1, key, ver: 0, value: '1' }, { kind: 'teleport' }, { kind: 'ping' }]) {
        using socket = await openLine(place);
        socket.say(frame);
        assert.equal(await socket.closed(), 4203);
        assert.deepEqual(
          socket.frames().map(({ kind, code }) => [kind, code]),
          [['error', 'hello_expected']],
        );
      }
      const { registers } = (await ada.call('loadRegisters')).body as { registers: { key: string }[] };
      assert.ok(!registers.some((register) => register.key === key));
    }),

    rule('[HELLO-1] so does anything between hello and welcome', async (place) => {
      const ada = await place.person('ada');
      const key = `drafts.${newId()}`;
      using socket = await openLine(place);
      const hello = await helloOf(ada);
      socket.together(() => {
        socket.say(hello);
        socket.say({ kind: 'put_register', id: 1, key, ver: 0, value: '1' });
      });
      assert.equal(await socket.closed(), 4203);
      assert.ok(!socket.frames().some(({ kind }) => kind === 'register_put'));
      const { registers } = (await ada.call('loadRegisters')).body as { registers: { key: string }[] };
      assert.ok(!registers.some((register) => register.key === key));
    }),

    rule('[HELLO-1] who stays silent is sent away after 5 s with 4000, and not before', async (place) => {
      const openedMs = performance.now();
      using socket = await openLine(place);
      assert.equal(await socket.closed(limits.helloTimeoutMs + marginMs), errors.hello_timeout.closeCode);
      assert.ok(performance.now() - openedMs >= limits.helloTimeoutMs - 100, 'it was sent away before 5 s');
      assert.equal(socket.frames()[0]?.code, 'hello_timeout');
    }),

    rule('[HELLO-2] of the versions that are offered the best that both speak is taken; without one: 4202', async (place) => {
      const ada = await place.person('ada');
      const [best] = protocolVersions;
      for (const versions of [[best], [best, 99], [99, best, -3], Array.from({ length: 16 }, () => best)]) {
        using device = await Device.enter(ada, { versions });
        assert.equal(device.welcome.version, best);
      }
      for (const versions of [[0], [best + 1], [-best], Array.from({ length: 16 }, (_, index) => index + 1_000)]) {
        assert.equal((await greeted(ada, { versions })).closed, 4202, String(versions));
      }
      for (const versions of [[], Array.from({ length: 17 }, () => best), [1.5], ['1' as never]]) {
        assert.equal((await greeted(ada, { versions })).closed, 4203, `${versions} was taken for versions`);
      }
      const facts = (await (await fetch(`${place.url}/v1/server`)).json()) as { protocolVersions: number[] };
      assert.deepEqual(facts.protocolVersions, [...protocolVersions]);
    }),

    rule('[HELLO-3] welcome confirms person, device, login, time, the end of the token and the limits', async (place) => {
      const ada = await place.person('ada');
      const device = newId();
      const beforeMs = Date.now();
      using socket = await Device.enter(ada, { device });
      const { kind: _, version: __, operationNumber, serverTime, tokenExpiresAt, pingIntervalMs, limits: told, ...who } = socket.welcome;
      assert.deepEqual(who, { person: ada.profile, device, login: ada.login });
      assert.equal(operationNumber, 0);
      assert.ok(tokenExpiresAt > serverTime && pingIntervalMs > 0 && Math.abs(serverTime - beforeMs) < 86_400_000);
      const { textLengthMax, frameSizeBytesMax, operationsPerSendMax, entriesPerRangeMax, presenceWatchMax } = limits;
      assert.deepEqual(told, { textLengthMax, frameSizeBytesMax, operationsPerSendMax, entriesPerRangeMax, presenceWatchMax });
    }),

    rule('[HELLO-3] a token that is none, is changed, or is of someone else’s making: 4100', async (place) => {
      const ada = await place.person('ada');
      const token = await ada.token();
      const [head = '', claims = '', signature = ''] = token.split('.');
      const none = Buffer.from('{"alg":"none"}').toString('base64url');
      const wrong = [
        '',
        'x',
        `${head}.${claims}`,
        `${head}.${claims}.`,
        `${none}.${claims}.`,
        `${head}.${claims}A.${signature}`,
        `${token}A`,
      ];
      for (const each of wrong)
        assert.equal((await greeted(ada, { token: each })).closed, 4100, `"${each.slice(0, 20)}..." was taken for a token`);
    }),

    rule('[HELLO-4] a device of someone else is refused with 4205; one’s own moves to another login', async (place) => {
      const [ada, lea] = [await place.person('ada'), await place.person('lea')];
      const device = newId();
      using own = await Device.enter(ada, { device });
      assert.equal((await greeted(lea, { device })).closed, 4205);
      const sent = await lea.call('openConversation', { body: { person: lea.id } });
      const { conversation } = sent.body as { conversation: string };
      const taken = await lea.call('sendMessage', { params: { conversation }, body: { device, n: 1, text: 'x' } });
      assert.equal(taken.code, 'device_foreign');
      await own.settle();
      using moved = await Device.enter(await ada.again(), { device });
      assert.deepEqual([moved.welcome.device, moved.welcome.login === ada.login], [device, false]);
    }),

    rule('[HELLO-5] welcome tells the highest number the log has of this device, whatever the device says of itself', async (place) => {
      const ada = await place.person('ada');
      const device = newId();
      using first = await Device.enter(ada, { device, operationNumber: 41 });
      assert.equal(first.welcome.operationNumber, 0);
      const conversation = await first.openDirect(ada);
      for (const n of [7, 12]) await first.place(conversation, first.message('x', genesis, { n }));
      for (const operationNumber of [0, 7, 12, 9_007_199_254_740_991]) {
        using again = await Device.enter(ada, { device, operationNumber });
        assert.equal(again.welcome.operationNumber, 12);
      }
      using other = await Device.enter(ada);
      assert.equal(other.welcome.operationNumber, 0);
    }),
  ],
};

export const silence: Section = {
  name: 'silence',
  lane: 'hasty',
  cases: [
    rule('[PING-1] the server pings at its interval, and a ping of the client is answered by pong', async ({ hasty: place }) => {
      using device = await Device.enter(await place.person('hal'));
      const { pingIntervalMs } = device.welcome;
      if (pingIntervalMs > place.patienceMs) throw new Unseen(`it pings every ${pingIntervalMs} ms`, '`--patience SECONDS` waits for that');
      const before = Date.now();
      const { serverTime } = await device.get('pong', { kind: 'ping' });
      assert.ok(Math.abs(serverTime - before) < 86_400_000);
      await device.socket.until('a ping', () => device.socket.pingCount() > 0, pingIntervalMs + marginMs);
    }),

    rule('[PING-1] [PRES-1] a connection without a sign of life closes with 4003; any frame is one', async ({ hasty: place }) => {
      const hal = await place.person('hal');
      using mute = await Device.enter(hal);
      using alive = await Device.enter(hal);
      mute.socket.answersPings = false;
      const gone = mute.socket.closed(place.patienceMs).catch(() => null);
      let isGone = false;
      void gone.then(() => (isGone = true));
      // The other one answers no pings either, and lives by its frames alone.
      alive.socket.answersPings = false;
      while (!isGone) {
        await alive.settle();
        await waitAsTold(alive.welcome.pingIntervalMs / 2);
      }
      const code = await gone;
      if (code === null)
        throw new Unseen(`it waits longer than ${place.patienceMs} ms for a sign of life`, '`--patience SECONDS` waits longer');
      assert.equal(code, 4003);
      assert.ok(mute.socket.pingCount() > 0, 'it was not even asked for a sign of life');
      await alive.settle();
    }),
  ],
};
