import { registerStoreContract } from '../../ports/register-store.contract.ts';
import { MemoryRegisterStore } from './memory-register-store.ts';

registerStoreContract(async () => Object.assign(new MemoryRegisterStore(), { [Symbol.asyncDispose]: async () => {} }));
