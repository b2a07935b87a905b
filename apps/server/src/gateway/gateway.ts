import type { GatewayTools } from './gateway-tools.ts';
import { Hub } from './hub.ts';
import { PresenceBoard } from './presence-board.ts';

export type Gateway = { readonly tools: GatewayTools; readonly hub: Hub };

/** The gateway's parts, bound to each other. Whoever holds sockets (a real server, a simulated world) brings them to the hub. */
export function createGateway(given: Omit<GatewayTools, 'presence'>): Gateway {
  const tools: GatewayTools = { ...given, presence: new PresenceBoard(given) };
  return { tools, hub: new Hub(tools) };
}
