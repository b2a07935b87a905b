import type { Environment } from '@parlour/core/environment';
import type { WallMs } from '@parlour/core/ids';
import type { ClientStatus } from './client.ts';
import type { ConnectionState } from './connection-state.ts';

/** The connection as whoever looks at the screen cares for it. */
export function presentConnection(state: ConnectionState, environment: Environment): ClientStatus['connection'] {
  switch (state.name) {
    case 'stopped':
      return { state: 'idle' };
    case 'refused':
      return { state: 'refused', code: state.code };
    case 'waiting':
      return { state: 'waiting', retryAt: (environment.now() + Math.max(0, state.retryAt - environment.monotonic())) as WallMs };
    case 'online':
      return { state: 'online' };
    default:
      return { state: 'connecting' };
  }
}
