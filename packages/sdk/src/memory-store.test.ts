import { describe } from 'vitest';
import { MemoryStore } from './memory-store.ts';
import { storeContract } from './store.contract.ts';

describe('the memory store keeps the contract', () => {
  storeContract(async () => new MemoryStore());
});
