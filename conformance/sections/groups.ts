import assert from 'node:assert/strict';
import type { RouteAnswer } from '@parlour/protocol/http/routes';
import { Device } from '../device.ts';
import { groupId } from '../log-digests.ts';
import { newId } from '../person.ts';
import type { Place } from '../place.ts';
import { rule, type Section } from '../rule-case.ts';

/** Gil's group with Gus in it, and Gwen outside. */
async function begun(place: Place) {
  const [gil, gus, gwen] = await place.people('gil', 'gus', 'gwen');
  if (!gil || !gus || !gwen) throw new TypeError('three people');
  const [owner, member, outside] = [await Device.enter(gil), await Device.enter(gus), await Device.enter(gwen)];
  const [conversation] = await owner.beginGroup('Pier', [gus]);
  const close = (): void => {
    for (const device of [owner, member, outside]) device[Symbol.dispose]();
  };
  return { gil, gus, gwen, owner, member, outside, conversation, [Symbol.dispose]: close };
}

const groupOf = async (device: Device, conversation: string) => (await device.rowOf(conversation))?.[17];
const seqsSeen = async (device: Device, conversation: string, untilSeq: number) =>
  (await device.pull(conversation, 1, untilSeq)).entries.map(({ seq }) => seq);

export const groups: Section = {
  name: 'groups',
  lane: 'log',
  cases: [
    rule(
      '[GRP-8] [GRP-3] asked again under the same number it is the same group, of the id that the number makes, and owned by who began it',
      async (place) => {
        using at = await begun(place);
        const n = at.owner.nextNumber();
        const first = await at.owner.beginGroup('Once', [at.gus], n);
        const again = await at.owner.beginGroup('Once', [at.gus], n);
        assert.equal(first[0], groupId(at.owner.id, n));
        assert.deepEqual([again[0], again[4], again[16]], [first[0], 1, 2]);
        assert.equal(first[17]?.role, 'owner');
        assert.equal((await groupOf(at.member, first[0]))?.role, 'member');
        const nobody = { kind: 'create_group', n: at.owner.nextNumber(), group: { title: 'x', members: [newId()] } } as const;
        assert.equal((await at.owner.refused(nobody)).code, 'person_not_found');
      },
    ),

    rule('[GRP-1] what is said of a group is in its row, what is left out stays, and whoever left keeps it as it was', async (place) => {
      using at = await begun(place);
      await at.owner.act(at.conversation, 'describe', { about: 'By the sea', hue: 200 });
      await at.owner.act(at.conversation, 'rules', { permissions: { pin: 'member' } });
      await at.owner.act(at.conversation, 'rules', { newcomersSee: 'all' });
      const group = await groupOf(at.member, at.conversation);
      assert.deepEqual(
        [group?.about, group?.hue, group?.newcomersSee, group?.permissions.pin, group?.permissions.write],
        ['By the sea', 200, 'all', 'member', 'member'],
      );
      await at.member.act(at.conversation, 'remove', { person: at.gus.id });
      await at.owner.act(at.conversation, 'describe', { title: 'Beach', about: '' });
      const left = await at.member.rowOf(at.conversation);
      assert.deepEqual([left?.[2], left?.[17]?.about, left?.[17]?.role], ['Pier', 'By the sea', null]);
      assert.equal((await at.owner.rowOf(at.conversation))?.[2], 'Beach');
    }),

    rule(
      '[GRP-2] what the permissions keep to a higher role is not allowed, and they hold from the place at which they stand',
      async (place) => {
        using at = await begun(place);
        const { conversation, member, owner, gus, gwen } = at;
        assert.equal(await member.act(conversation, 'describe', { title: 'Mine' }), 'not_allowed');
        assert.equal(await member.act(conversation, 'rules', { newcomersSee: 'all' }), 'not_allowed');
        assert.equal(await member.act(conversation, 'role', { person: gus.id, role: 'owner' }), 'not_allowed');
        assert.equal(await member.act(conversation, 'remove', { person: at.gil.id }), 'not_allowed');
        assert.equal(typeof (await member.act(conversation, 'add', { person: gwen.id, role: 'member' })), 'number');
        assert.equal(await member.act(conversation, 'add', { person: newId(), role: 'member' }), 'person_not_found');
        await owner.act(conversation, 'rules', { permissions: { write: 'admin', describe: 'member' } });
        assert.equal(await member.act(conversation, 'message', { text: 'hello' }), 'not_allowed');
        assert.equal(typeof (await member.act(conversation, 'describe', { title: 'Ours' })), 'number');
        await owner.act(conversation, 'role', { person: gus.id, role: 'admin' });
        assert.equal(typeof (await member.act(conversation, 'message', { text: 'hello' })), 'number');
        assert.equal(await member.act(conversation, 'remove', { person: at.gil.id }), 'rank_too_low');
        assert.equal(typeof (await member.act(conversation, 'remove', { person: gwen.id })), 'number');
      },
    ),

    rule('[GRP-4] [GRP-5] ownership is given and never taken, and a group that has members has an owner', async (place) => {
      using at = await begun(place);
      const { conversation, member, owner, gil, gus } = at;
      assert.equal(await owner.act(conversation, 'remove', { person: gil.id }), 'owner_needed');
      assert.equal(await owner.act(conversation, 'role', { person: gil.id, role: 'member' }), 'owner_needed');
      assert.equal(await owner.act(conversation, 'role', { person: gus.id, role: 'member' }), 'unchanged');
      assert.equal(typeof (await owner.act(conversation, 'role', { person: gus.id, role: 'owner' })), 'number');
      assert.equal(await member.act(conversation, 'role', { person: gil.id, role: 'member' }), 'rank_too_low');
      assert.equal(typeof (await owner.act(conversation, 'remove', { person: gil.id })), 'number');
      assert.equal(await owner.act(conversation, 'message', { text: 'still here?' }), 'not_a_member');
      assert.equal(typeof (await member.act(conversation, 'remove', { person: gus.id })), 'number');
    }),

    rule('[GRP-6] whoever is banned cannot be brought back before they are pardoned', async (place) => {
      using at = await begun(place);
      const { conversation, owner, gus, gwen } = at;
      const adds = (person: { readonly id: string }) => owner.act(conversation, 'add', { person: person.id, role: 'member' });
      for (const person of [gus, gwen]) {
        assert.equal(typeof (await owner.act(conversation, 'remove', { person: person.id, ban: true })), 'number');
        assert.equal(await adds(person), 'member_banned');
        assert.equal(await owner.act(conversation, 'remove', { person: person.id, ban: true }), 'unchanged');
      }
      const { body } = await at.gil.call('listBans', { params: { conversation } });
      assert.deepEqual(
        (body as RouteAnswer<'listBans'>).people.map(({ id }) => id),
        [gus.id, gwen.id],
      );
      assert.equal(typeof (await owner.act(conversation, 'pardon', { person: gus.id })), 'number');
      assert.equal(await owner.act(conversation, 'pardon', { person: gus.id }), 'unchanged');
      assert.equal(typeof (await adds(gus)), 'number');
      assert.equal(await adds(gus), 'member_already');
    }),

    rule('[GRP-7] [VIS-1] what newcomers see is settled as they join, and a later rule changes it for nobody', async (place) => {
      using at = await begun(place);
      const { conversation, owner, member, outside, gus, gwen } = at;
      await owner.act(conversation, 'message', { text: 'before' });
      await owner.act(conversation, 'add', { person: gwen.id, role: 'member' });
      await owner.act(conversation, 'rules', { newcomersSee: 'all' });
      assert.deepEqual(await seqsSeen(outside, conversation, 9), [3, 4]);
      await owner.act(conversation, 'remove', { person: gwen.id });
      await owner.act(conversation, 'add', { person: gwen.id, role: 'member' });
      assert.deepEqual(await seqsSeen(outside, conversation, 9), [1, 2, 3, 4, 5, 6]);
      assert.equal((await outside.rowOf(conversation))?.[6], 1);
      await owner.act(conversation, 'rules', { newcomersSee: 'joining' });
      assert.deepEqual(await seqsSeen(outside, conversation, 9), [1, 2, 3, 4, 5, 6, 7]);
      await owner.act(conversation, 'remove', { person: gus.id });
      await owner.act(conversation, 'message', { text: 'not for gus' });
      assert.deepEqual(await seqsSeen(member, conversation, 99), [1, 2, 3, 4, 5, 6, 7, 8]);
    }),

    rule('[GRP-9] members are told to members, the highest role and the longest stay first, page by page and by name', async (place) => {
      using at = await begun(place);
      const { conversation, owner, gil, gus, gwen } = at;
      await owner.act(conversation, 'add', { person: gwen.id, role: 'admin' });
      const listed = async (query = '') =>
        (await gus.call('listMembers', { params: { conversation }, query })).body as RouteAnswer<'listMembers'>;
      const whole = await listed();
      assert.deepEqual(
        whole.members.map(({ person, role }) => [person.id, role]),
        [
          [gil.id, 'owner'],
          [gwen.id, 'admin'],
          [gus.id, 'member'],
        ],
      );
      assert.deepEqual([whole.more, whole.count], [false, 3]);
      const first = await listed('?limit=2');
      assert.deepEqual([first.members.length, first.more], [2, true]);
      assert.deepEqual(
        (await listed(`?limit=2&after=${gwen.id}`)).members.map(({ person }) => person.id),
        [gus.id],
      );
      assert.deepEqual(
        (await listed('?role=admin')).members.map(({ person }) => person.id),
        [gwen.id],
      );
      assert.deepEqual(
        (await listed(`?name=${gwen.credentials.name}`)).members.map(({ person }) => person.id),
        [gwen.id],
      );
      await owner.act(conversation, 'remove', { person: gus.id });
      assert.equal(((await gus.call('listMembers', { params: { conversation } })).body as { code: string }).code, 'not_a_member');
      assert.equal(
        ((await gwen.call('listBans', { params: { conversation: newId() } })).body as { code: string }).code,
        'conversation_not_visible',
      );
    }),
  ],
};
