import { expect, test } from 'vitest';
import { presentWaiting } from './waiting.ts';

type Stuck = Parameters<typeof presentWaiting>[0];

/** As much of a tab as is looked at. */
function tab(name: string, more: object): object {
  return { actor: { name, isUp: true, isPaused: false }, client: null, links: [], views: new Map(), ...more };
}
const status = (more: object) => ({
  status: { get: () => ({ connection: { state: 'online' }, role: 'leader', auth: 'in', synced: true, ...more }) },
});

test('the picture of a world that does not come to rest says of each tab and server whom it waits for', () => {
  const link = { serverName: 'server2' };
  const pending = { timeline: { get: () => ({ pending: [{ state: 'queued' }, { state: 'queued' }] }) } };
  const tabs = [
    tab('ada1.1', { client: status({ synced: false }), links: [link], views: new Map([['talk', pending]]) }),
    tab('ada1.2', { client: status({ role: 'follower' }) }),
    tab('ada1.3', { actor: { name: 'ada1.3', isUp: false, isPaused: false } }),
  ];
  const other = [tab('ben1', { client: status({ connection: { state: 'waiting' } }) })];
  const writer = { name: 'server2', isUp: true, isPaused: false };
  const disk = { underWay: new Set([{ writer }]) };
  const picture = presentWaiting({
    devices: [{ tabs }, { tabs: other }],
    servers: [
      { actor: { name: 'server1', isUp: false, isPaused: false }, disk },
      { actor: writer, disk },
    ],
    watch: { unansweredOn: () => ['pull 7', 'send 8'] },
  } as unknown as Stuck);
  expect(picture).toEqual([
    'ada1.1 waits for server2: pull 7, send 8, and has not compared its list; keeps 2 to be sent in talk (queued)',
    'ada1.2 waits for ada1.1, which leads',
    'ada1.3 is not running',
    'ben1 has no socket, and is waiting',
    'server1 is down',
    'server2 waits for the disk: 1 writes',
  ]);
});
