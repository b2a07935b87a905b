import { expect, inject, test } from 'vitest';
import { TestDatabase } from '../apps/server/src/adapters/postgres/test-database.contract.ts';
import type { RawSocket } from '../conformance/raw-socket.ts';
import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { type Account, enter, register } from './raw-accounts.ts';

const socketsPerPersonMax = 6;
const env = {
  PARLOUR_SOCKETS_PER_PERSON_MAX: String(socketsPerPersonMax),
  PARLOUR_PING_INTERVAL_MS: '1000',
  PARLOUR_OFFLINE_AFTER_MS: '8000',
};
/** Whoever died with their node is offline, and holds no places elsewhere, within that. */
const goneMs = 30_000;
const interval = 500;

type Presence = { readonly person: string; readonly presence: string };

/** What was told of somebody, in its order. */
const toldOf = (socket: RawSocket, { person }: Account): string[] =>
  socket
    .frames()
    .filter(({ kind }) => kind === 'presence')
    .flatMap(({ people }) => people as Presence[])
    .filter((each) => each.person === person.id)
    .map(({ presence }) => presence);

/** @returns whether there was room */
async function isLetIn(node: { readonly url: string }, account: Account, held: DisposableStack): Promise<boolean> {
  const socket = await enter(node, account, held);
  const first = await socket.until('an answer', () => socket.frames().find(({ kind }) => kind === 'welcome' || kind === 'error'));
  return first.kind === 'welcome';
}

test('[NODE-3] [LIMIT-3] of those whose node is killed nobody is told to be offline who is back elsewhere in time; the others are, and what they held counts no more', async () => {
  await using made = await TestDatabase.make();
  await using cluster = new ClusterNodes({ postgresUrl: made.url, natsUrl: inject('natsUrl') }, env);
  const [one, two] = await cluster.startMany(2);
  if (!one || !two) throw new Error('two were started');
  using held = new DisposableStack();
  const [ada, ben, cleo, dee] = [
    await register(one.url, 'ada'),
    await register(one.url, 'ben'),
    await register(one.url, 'cleo'),
    await register(one.url, 'dee'),
  ];
  const adas = await enter(one, ada, held);
  await adas.frame('welcome');
  for (const [index, { person }] of [ben, cleo].entries()) adas.say({ kind: 'open', id: index + 1, person: person.id });
  await adas.until('both answers', () => adas.frames().filter(({ kind }) => kind === 'opened').length === 2);
  for (const account of [ben, cleo]) expect(await isLetIn(two, account, held)).toBe(true);
  adas.say({ kind: 'watch', people: [ben.person.id, cleo.person.id] });
  await adas.until('both to be online', () => [ben, cleo].every((each) => toldOf(adas, each).at(-1) === 'online'));
  for (let count = 0; count < socketsPerPersonMax; count++) expect(await isLetIn(two, dee, held)).toBe(true);
  await expect.poll(() => isLetIn(one, dee, held), { interval }).toBe(false);

  // Before they are heard of from their node, they may be told to be offline.
  const toldBefore = toldOf(adas, ben).length;
  await two.kill();
  const killedAt = performance.now();
  expect(await isLetIn(one, ben, held)).toBe(true);
  expect(await isLetIn(one, dee, held)).toBe(false);
  await adas.until('Cleo to be offline', () => toldOf(adas, cleo).at(-1) === 'offline', goneMs);
  await expect.poll(() => isLetIn(one, dee, held), { interval }).toBe(true);
  expect(performance.now() - killedAt).toBeLessThan(goneMs);
  expect(toldOf(adas, ben).slice(toldBefore)).not.toContain('offline');
});
