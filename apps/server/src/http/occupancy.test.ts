import { expect, test } from 'vitest';
import { openWorld } from './people-world.contract.ts';

test('anyone may know whether the server is empty; once somebody has registered it is not', async () => {
  await using world = await openWorld();
  const facts = async () => (await world.call('GET', '/v1/server')).json<Record<string, unknown>>();
  expect(await facts()).toMatchObject({ isEmpty: true, publicUrl: null });
  await world.register('ada.first');
  expect(await facts()).toMatchObject({ isEmpty: false });
});
