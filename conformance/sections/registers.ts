import assert from 'node:assert/strict';
import { limits } from '@parlour/core/limits';
import { Device } from '../device.ts';
import { newId } from '../person.ts';
import { rule, type Section } from '../rule-case.ts';

export const registers: Section = {
  name: 'registers',
  cases: [
    rule(
      '[REG-1] a register is written only over the version one saw; a conflict says which is there; versions count over all',
      async (place) => {
        using device = await Device.enter(await place.person('lea'));
        const key = `drafts.${newId()}`;
        const { ver } = await device.get('register_put', { kind: 'put_register', key, ver: 0, value: '"one"' });
        for (const wrong of [0, ver - 1, ver + 1, Number.MAX_SAFE_INTEGER].filter((each) => each >= 0)) {
          const refused = await device.refused({ kind: 'put_register', key, ver: wrong, value: '"lost"' });
          assert.deepEqual([refused.code, refused.details], ['register_conflict', { ver }]);
        }
        const next = await device.get('register_put', { kind: 'put_register', key, ver, value: null });
        const other = await device.get('register_put', { kind: 'put_register', key: `drafts.${newId()}`, ver: 0, value: '1' });
        assert.deepEqual([next.previousVer, other.previousVer], [ver, next.ver]);
        assert.ok(ver < next.ver && next.ver < other.ver);
        const pulled = await device.get('registers', { kind: 'pull_registers', sinceVer: ver });
        assert.deepEqual(pulled.registers, [
          { key, ver: next.ver, value: null },
          { key: other.key, ver: other.ver, value: '1' },
        ]);
        assert.deepEqual([pulled.headVer, pulled.more], [other.ver, false]);
      },
    ),

    rule('[REG-2] the sum of the versions is that of all registers, those of no value too', async (place) => {
      using device = await Device.enter(await place.person('lea'));
      await device.get('register_put', { kind: 'put_register', key: `drafts.${newId()}`, ver: 0, value: '"one"' });
      await device.get('register_put', { kind: 'put_register', key: `drafts.${newId()}`, ver: 0, value: null });
      const { registers, headVer, sum, more } = await device.get('registers', { kind: 'pull_registers', sinceVer: 0 });
      assert.equal(more, false);
      assert.equal(
        registers.reduce((total, { ver }) => total + (ver % 2 ** 32), 0),
        sum,
      );
      const part = await device.get('registers', { kind: 'pull_registers', sinceVer: headVer });
      assert.deepEqual([part.registers, part.sum], [[], sum]);
      const synced = await device.get('synced', { kind: 'sync', digest: new Array(64).fill(0), registersVer: 0 });
      assert.deepEqual([synced.registersVer, synced.registersSum], [headVer, sum]);
    }),

    rule('[REG-1] of two who write at once over the same version one wins', async (place) => {
      const lea = await place.person('lea');
      using one = await Device.enter(lea);
      using two = await Device.enter(lea);
      const key = `drafts.${newId()}`;
      const answers = await Promise.all(
        [one, two].map((device, index) => device.ask({ kind: 'put_register', key, ver: 0, value: `${index}` })),
      );
      assert.deepEqual(answers.map(({ kind }) => kind).sort(), ['error', 'register_put']);
    }),

    rule('[REG-1] other devices hear of it and pull since the last version they have; nobody else does', async (place) => {
      const lea = await place.person('lea');
      using device = await Device.enter(lea);
      using second = await Device.enter(lea);
      using stranger = await Device.enter(await place.person('ada'));
      const since = (await second.get('registers', { kind: 'pull_registers', sinceVer: 0 })).headVer;
      const key = `drafts.${newId()}`;
      const { ver } = await device.get('register_put', { kind: 'put_register', key, ver: 0, value: '"private"' });
      assert.equal((await second.news('registers_changed', ({ headVer }) => headVer >= ver)).headVer, ver);
      const { registers } = await second.get('registers', { kind: 'pull_registers', sinceVer: since });
      assert.deepEqual(registers, [{ key, ver, value: '"private"' }]);
      await stranger.settle();
      assert.ok(!stranger.frames().some(({ kind }) => kind === 'registers_changed'));
    }),

    rule('[REG-1] a key has up to 100 characters, a value up to 20,000; more is no frame', async (place) => {
      const lea = await place.person('lea');
      using device = await Device.enter(lea);
      const key = `k${newId()}`.padEnd(limits.registerKeyLengthMax, 'x');
      await device.get('register_put', { kind: 'put_register', key, ver: 0, value: '1'.repeat(limits.registerValueLengthMax) });
      for (const wrong of [
        { key: `${key}x` },
        { key: '' },
        { key: 'Capital' },
        { key: '9digits' },
        { key: 'a b' },
        { value: '1'.repeat(limits.registerValueLengthMax + 1) },
        { value: 1 },
        { ver: -1 },
      ]) {
        using other = await Device.enter(lea);
        other.say({ kind: 'put_register', id: 1, key: 'k', ver: 0, value: '1', ...wrong });
        assert.equal(await other.socket.closed(), 4200, JSON.stringify(wrong).slice(0, 100));
      }
    }),
  ],
};
