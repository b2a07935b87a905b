import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const server = join(import.meta.dirname, '../apps/server/src');

/** Which packages are loaded with a module of the server. */
async function packagesOf(module: string): Promise<Set<string>> {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({
      load(url, context, next) {
        const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
        if (name) loaded.add(name);
        return next(url, context);
      },
    });
    await import(${JSON.stringify(join(server, module))});
    console.log(JSON.stringify([...loaded]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return new Set(JSON.parse(stdout) as string[]);
}

test('a server by itself loads nothing of NATS, and one on a folder nothing of PostgreSQL', async () => {
  const embedded = await packagesOf('compose-embedded.ts');
  const postgres = await packagesOf('compose-postgres.ts');
  const cluster = await packagesOf('adapters/nats/nats-bus.ts');
  const ofNats = '@nats-io/transport-node';
  expect([embedded.has('ws'), embedded.has('pg'), embedded.has(ofNats)]).toEqual([true, false, false]);
  expect([postgres.has('pg'), postgres.has(ofNats)]).toEqual([true, false]);
  expect(cluster.has(ofNats)).toBe(true);
});
