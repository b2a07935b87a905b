import { directoryContract } from '../../ports/directory.contract.ts';
import { MemoryDirectory } from './memory-directory.ts';

directoryContract(async () => Object.assign(new MemoryDirectory(), { [Symbol.asyncDispose]: async () => {} }));
