import { describe } from 'vitest';
import { describeBus } from '../../ports/bus.contract.ts';
import { MemoryBus, MemoryNet } from './memory-bus.ts';

describe('the memory bus keeps the contract of the bus', () => {
  describeBus(async () => {
    const net = new MemoryNet();
    return { join: async () => new MemoryBus(net), [Symbol.asyncDispose]: async () => {} };
  });
});
