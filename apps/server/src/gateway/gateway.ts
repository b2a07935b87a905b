import { Following } from './following.ts';
import type { GatewayTools } from './gateway-tools.ts';
import { Hub } from './hub.ts';
import { PresenceBoard } from './presence-board.ts';

export type Gateway = { readonly tools: GatewayTools; readonly hub: Hub };

/** The gateway's parts, bound to each other. Whoever holds sockets (a real server, a simulated world) brings them to the hub. */
export function createGateway(given: Omit<GatewayTools, 'presence' | 'following'>): Gateway {
  const following = new Following(given);
  const tools: GatewayTools = { ...given, following, presence: new PresenceBoard({ ...given, following }) };
  return { tools, hub: new Hub(tools) };
}
