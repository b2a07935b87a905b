import { describe } from 'vitest';
import { logStoreContract } from '../../ports/log-store.contract.ts';
import { logStoreLaws } from '../../ports/log-store-laws.contract.ts';
import { MemoryLogStore } from './memory-log-store.ts';

describe('the memory adapter keeps the contract of the log store', () => {
  logStoreContract(async () => new MemoryLogStore());
});

describe('the memory adapter keeps the laws of a log store', () => {
  logStoreLaws(async () => new MemoryLogStore());
});
