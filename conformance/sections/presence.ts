import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import { Device } from '../device.ts';
import { newId, type Person } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section, Unseen } from '../rule-case.ts';

const floodCount = 300;
const watchesAtOnce = 30;

/** Says goodbye as a browser does that leaves. */
function leave(device: Device, code = 1001): void {
  device.socket.leave(code);
}

async function setLastSeen(person: Person, value: string): Promise<void> {
  using device = await Device.enter(person);
  const { registers } = await device.get('registers', { kind: 'pull_registers', sinceVer: 0 });
  const ver = registers.find(({ key }) => key === 'settings.last_seen')?.ver ?? 0;
  await device.get('register_put', { kind: 'put_register', key: 'settings.last_seen', ver, value });
  leave(device);
}

/** One who looks, and two whom they know. */
async function house(place: Place) {
  const [pia, pat, pim] = await place.people('pia', 'pat', 'pim');
  if (!pia || !pat || !pim) throw new TypeError('three people');
  const watcher = await Device.enter(pia);
  for (const other of [pat, pim]) await watcher.openDirect(other);
  /** Waits until this is told of somebody, behind `since`. */
  const told = async (person: Person, presence: 'online' | 'offline', since: number, withinMs?: number) => {
    const frame = await watcher.news(
      'presence',
      ({ people }) => people.some((each) => each.person === person.id && each.presence === presence),
      since,
      withinMs,
    );
    return frame.people.find((each) => each.person === person.id);
  };
  return { pia, pat, pim, watcher, told, [Symbol.dispose]: () => watcher[Symbol.dispose]() };
}

export const presence: Section = {
  name: 'presence',
  cases: [
    rule(
      '[PRES-2] [PRES-3] one is online while one connection lives, and offline at once when the last one leaves with 1000 or 1001',
      async (place) => {
        using at = await house(place);
        at.watcher.say({ kind: 'watch', people: [at.pat.id] });
        await at.told(at.pat, 'offline', 0);
        for (const code of [1000, 1001]) {
          const since = at.watcher.count;
          using one = await Device.enter(at.pat);
          await at.told(at.pat, 'online', since);
          using two = await Device.enter(at.pat);
          leave(one, code);
          await one.socket.until('the end', () => one.socket.isClosed);
          // A new one to look is told how it is now.
          using late = await Device.enter(at.pia);
          late.say({ kind: 'watch', people: [at.pat.id] });
          const { people } = await late.news('presence');
          assert.deepEqual(people, [{ person: at.pat.id, presence: 'online' }]);
          leave(two, code);
          await at.told(at.pat, 'offline', since);
        }
      },
    ),

    rule('[PRES-4] only those one talks with are told of; strangers are left out, as is who does not exist', async (place) => {
      using at = await house(place);
      const stranger = await place.person('ada');
      using there = await Device.enter(stranger);
      at.watcher.say({ kind: 'watch', people: [stranger.id, newId(), at.pat.id] });
      await at.told(at.pat, 'offline', 0);
      const since = at.watcher.count;
      leave(there);
      using pat = await Device.enter(at.pat);
      await at.told(at.pat, 'online', since);
      leave(pat);
      const told = at.watcher.frames().flatMap((frame) => (frame.kind === 'presence' ? frame.people : []));
      assert.deepEqual(new Set(told.map(({ person }) => person)), new Set([at.pat.id]));
    }),

    rule('[PRES-4] a watch stands in place of the one before; 200 people make one, 201 none', async (place) => {
      using at = await house(place);
      at.watcher.say({ kind: 'watch', people: [at.pat.id] });
      await at.told(at.pat, 'offline', 0);
      const strangers = Array.from({ length: limits.presenceWatchMax - 1 }, newId);
      at.watcher.say({ kind: 'watch', people: [...strangers, at.pim.id] });
      const since = at.watcher.count;
      await at.told(at.pim, 'offline', 0);
      using pat = await Device.enter(at.pat);
      leave(pat);
      await pat.socket.until('the end', () => pat.socket.isClosed);
      using pim = await Device.enter(at.pim);
      await at.told(at.pim, 'online', since);
      const told = at.watcher
        .frames()
        .slice(since)
        .flatMap((frame) => (frame.kind === 'presence' ? frame.people : []));
      assert.ok(!told.some(({ person }) => person === at.pat.id));
      leave(pim);
      at.watcher.say({ kind: 'watch', people: [...strangers, at.pat.id, at.pim.id] });
      assert.equal(await at.watcher.socket.closed(), 4200);
    }),

    rule('[NAME-1] who changes their profile is told of to those who watch and to their own devices, and to nobody else', async (place) => {
      using at = await house(place);
      const stranger = await place.person('ada');
      using pat = await Device.enter(at.pat);
      using other = await Device.enter(stranger);
      at.watcher.say({ kind: 'watch', people: [at.pat.id] });
      await at.told(at.pat, 'online', 0);
      for (const about of ['on the way', 'on the way, really']) await at.pat.call('updateMe', { body: { about } });
      for (const device of [at.watcher, pat]) {
        const { person } = await device.news('person_changed');
        assert.deepEqual([person.id, person.about], [at.pat.id, 'on the way, really']);
      }
      assert.equal(other.frames().filter(({ kind }) => kind === 'person_changed').length, 0);
    }),

    rule('[PRES-5] when somebody was last there is told only while they let it be told', async (place) => {
      using at = await house(place);
      for (const value of ['false', 'true']) {
        await setLastSeen(at.pim, value);
        const since = at.watcher.count;
        at.watcher.say({ kind: 'watch', people: [at.pim.id] });
        const first = await at.told(at.pim, 'offline', since);
        assert.equal(first?.lastSeenAt !== undefined, value === 'true', `told first, where the setting is ${value}`);
        const before = at.watcher.count;
        using pim = await Device.enter(at.pim);
        await at.told(at.pim, 'online', before);
        leave(pim);
        const later = await at.told(at.pim, 'offline', before);
        assert.equal(later?.lastSeenAt !== undefined, value === 'true', `told of the leave, where the setting is ${value}`);
      }
    }),

    rule('[PRES-6] at least 30 watches at once; beyond, `too_many_requests` with the time to wait', async (place) => {
      using at = await house(place);
      at.watcher.socket.together(() => {
        for (let count = 0; count < floodCount; count++) at.watcher.say({ kind: 'watch', people: [] });
      });
      await at.watcher.settle();
      const refused = at.watcher.frames().flatMap((frame) => (frame.kind === 'error' ? [frame] : []));
      for (const { code, re, retryAfterMs = 0 } of refused)
        assert.deepEqual([code, re, retryAfterMs > 0], ['too_many_requests', undefined, true]);
      assert.ok(refused.length > 0, `${floodCount} watches at once were all taken`);
      assert.ok(refused.length <= floodCount - watchesAtOnce, `only ${floodCount - refused.length} watches were taken`);
    }),
  ],
};

export const lostLines: Section = {
  name: 'lost lines',
  cases: [
    rule(
      '[PRES-3] [PRES-1] whose last connection just broke is offline after the grace: later than one who broke after and said goodbye',
      async (place) => {
        const [pia, lou, lin] = await place.people('pia', 'lou', 'lin');
        if (!pia || !lou || !lin) throw new TypeError('three people');
        using watcher = await Device.enter(pia);
        const people = [lou, lin];
        for (const other of people) await watcher.openDirect(other);
        using broken = await Device.enter(lou);
        using polite = await Device.enter(lin);
        watcher.say({ kind: 'watch', people: people.map(({ id }) => id) });
        const isTold = (person: Person, state: string) =>
          watcher
            .frames()
            .findIndex(
              (frame) => frame.kind === 'presence' && frame.people.some((each) => each.person === person.id && each.presence === state),
            );
        await watcher.socket.until('both online', () => people.every((person) => isTold(person, 'online') >= 0));
        broken[Symbol.dispose]();
        leave(polite);
        await watcher.socket.until('the goodbye', () => isTold(lin, 'offline') >= 0);
        assert.equal(isTold(lou, 'offline'), -1, 'who just broke was offline at once');
        await watcher.socket
          .until('the end of the grace', () => isTold(lou, 'offline') >= 0, place.patienceMs)
          .catch(() => {
            throw new Unseen(`the grace is longer than ${place.patienceMs} ms`, '`--patience SECONDS` waits longer');
          });
      },
    ),
  ],
};
