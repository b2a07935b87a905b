import { describe, inject } from 'vitest';
import { nodeEnvironment } from '../../node-environment.ts';
import { describeBus } from '../../ports/bus.contract.ts';
import { NatsBus } from './nats-bus.ts';

describe('the NATS adapter keeps the contract of the bus', () => {
  describeBus(async () => {
    const prefix = nodeEnvironment.id();
    const nodes: NatsBus[] = [];
    return {
      join: async () => {
        const bus = await NatsBus.open({ url: inject('natsUrl'), prefix, node: nodeEnvironment.id(), reportFault: () => {} });
        nodes.push(bus);
        return bus;
      },
      [Symbol.asyncDispose]: async () => {
        for (const bus of nodes) await bus[Symbol.asyncDispose]();
      },
    };
  });
});
