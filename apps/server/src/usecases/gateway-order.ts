import type { NodeFacts } from '../ports/bus.ts';

/** A gateway as whoever sends clients there knows it. */
export type KnownGateway = {
  /** What it said last, up to a lease's period ago. */
  readonly facts: Pick<NodeFacts, 'connections' | 'connectionsMax' | 'utilisation'>;
  /** Clients that were sent there since. */
  readonly sentThere: number;
};

/** How much of what it can carry a gateway carries: by its sockets, and by its time. */
export function loadOf({ facts: { connections, connectionsMax, utilisation }, sentThere }: KnownGateway): number {
  return (connections + sentThere) / Math.max(1, connectionsMax) + utilisation;
}

/**
 * Power of two choices: of two that are drawn the less busy one comes first, then of the rest, and so on. One may be drawn twice, so the least busy
 * of n is first for (2n - 1) / n² of the clients and the busiest for 1 / n²: never all for one, however old what is known.
 */
export function orderByTwoChoices<Gateway extends KnownGateway>(
  gateways: readonly Gateway[],
  { random, listedMax }: { readonly random: () => number; readonly listedMax: number },
): Gateway[] {
  const left = [...gateways];
  const draw = (): Gateway => left[Math.floor(random() * left.length)] as Gateway;
  const chosen: Gateway[] = [];
  while (left.length > 0 && chosen.length < listedMax) {
    const [one, other] = [draw(), draw()];
    const better = loadOf(one) <= loadOf(other) ? one : other;
    left.splice(left.indexOf(better), 1);
    chosen.push(better);
  }
  return chosen;
}
