import type { Device } from './device.ts';
import type { ServerActor } from './server-actor.ts';
import type { Tab } from './tab.ts';
import type { WireWatch } from './wire-watch.ts';

type Stuck = { readonly devices: readonly Device[]; readonly servers: readonly ServerActor[]; readonly watch: WireWatch };

/** Who waits for whom in a world that does not come to rest: a line for each tab and each server. */
export function presentWaiting({ devices, servers, watch }: Stuck): string[] {
  return [
    ...devices.flatMap((device) => device.tabs.map((tab) => `${tab.actor.name} ${whatTabWaitsFor(tab, device, watch)}`)),
    ...servers.map((server) => `${server.actor.name} ${whatServerWaitsFor(server)}`),
  ];
}

function whatTabWaitsFor(tab: Tab, device: Device, watch: WireWatch): string {
  const { client, actor } = tab;
  if (!actor.isUp) return 'is not running';
  if (actor.isPaused) return 'is paused';
  if (!client) return 'waits for its storage';
  const { connection, role, auth, synced } = client.status.get();
  const keeps = presentPending(tab);
  if (auth !== 'in') return `waits for its person to log in${keeps}`;
  if (role === 'follower') {
    const leader = device.tabs.find((other) => other.client?.status.get().role === 'leader');
    return `waits for ${leader ? `${leader.actor.name}, which leads` : 'a tab that leads, and there is none'}${keeps}`;
  }
  const [link] = tab.links;
  if (!link) return `has no socket, and is ${connection.state}${keeps}`;
  const asked = watch.unansweredOn(link);
  const what = asked.length > 0 ? `waits for ${link.serverName}: ${asked.join(', ')}` : `waits for nothing of ${link.serverName}`;
  return `${what}${synced ? '' : ', and has not compared its list'}${keeps}`;
}

function presentPending({ views }: Tab): string {
  const counts = [...views].flatMap(([conversation, view]) => {
    const { pending } = view.timeline.get();
    const states = [...new Set(pending.map(({ state }) => state))].join(', ');
    return pending.length > 0 ? `${pending.length} to be sent in ${conversation} (${states})` : [];
  });
  return counts.length > 0 ? `; keeps ${counts.join('; ')}` : '';
}

function whatServerWaitsFor({ actor, disk }: ServerActor): string {
  if (!actor.isUp) return 'is down';
  if (actor.isPaused) return 'is paused';
  const writes = [...disk.underWay].filter(({ writer }) => writer === actor).length;
  return writes > 0 ? `waits for the disk: ${writes} writes` : 'waits for nobody';
}
