import { dirname } from 'node:path';

/** The folder of the repository, wherever the command was run. */
export const root = dirname(import.meta.dirname);
