import type { ConversationId, DeviceId, OperationNumber } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { updateProfile } from '../usecases/update-profile.ts';
import { type Client, opened, openGateway } from './gateway-world.contract.ts';

const aboutsTold = (client: Client) => client.of('person_changed').map(({ person }) => person.about);

test('[NAME-1] a changed profile is told to own devices, to those who watch, to members of a group in use, and to no stranger', async () => {
  const world = await openGateway();
  const [ada, ben, cem, dora, eve] = [
    await world.person('ada'),
    await world.person('ben'),
    await world.person('cem'),
    await world.person('dora'),
    await world.person('eve'),
  ];
  const conversation = world.environment.id() as ConversationId;
  const member = ({ person }: typeof ada, role: 'owner' | 'member') => ({ person, role });
  const created = world.owners.send(conversation, [
    {
      conversation,
      author: ada.person,
      device: world.environment.id() as DeviceId,
      n: 1 as OperationNumber,
      kind: 'create',
      target: null,
      after: null,
      body: JSON.stringify({ type: 'group', title: 'Ferry people', members: [member(ada, 'owner'), member(cem, 'member')] }),
    },
  ]);
  await world.environment.settle();
  await created;
  const [phone, bens, cems, doras, eves] = [
    await world.enter(ada),
    await world.enter(ben),
    await world.enter(cem),
    await world.enter(dora),
    await world.enter(eve),
  ];
  await opened(bens, ada.person);
  await bens.say({ kind: 'watch', people: [ada.person] });
  // Who is a stranger to her may ask to watch, and watches nothing.
  await doras.say({ kind: 'watch', people: [ada.person] });
  for (const about of ['on the way', 'on the way, really']) await updateProfile(ada.person, { about }, world);
  await world.environment.advance(1_000);
  // What changes close together is told once, as it is in the end.
  for (const client of [phone, bens, cems]) expect(aboutsTold(client)).toEqual(['on the way, really']);
  for (const client of [doras, eves]) expect(aboutsTold(client)).toEqual([]);
  expect(world.faults).toEqual([]);
});

test('[NAME-1] that it cannot be read whom to tell is reported, and the next change is told', async () => {
  const world = await openGateway();
  const ada = await world.person('ada');
  const phone = await world.enter(ada);
  const { loadRecent } = world.store;
  world.store.loadRecent = () => Promise.reject(new Error('the disk is gone'));
  await updateProfile(ada.person, { about: 'lost' }, world);
  await world.environment.advance(1_000);
  expect(world.faults.map(String)).toEqual(['Error: the disk is gone']);
  world.store.loadRecent = loadRecent;
  await updateProfile(ada.person, { about: 'here again' }, world);
  await world.environment.advance(1_000);
  expect(aboutsTold(phone)).toEqual(['here again']);
});
