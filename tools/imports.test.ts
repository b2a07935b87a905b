import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkImports } from './imports.ts';

/** A small house with these files, its packages linked as npm links workspaces. */
async function checkPlanted(files: Record<string, string>): Promise<{ moduleCount: number; violations: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-imports-'));
  try {
    for (const name of ['core', 'protocol', 'sdk']) {
      await write(folder, `packages/${name}/package.json`, JSON.stringify({ name: `@parlour/${name}`, exports: { './*': './src/*.ts' } }));
      await mkdir(join(folder, 'node_modules/@parlour'), { recursive: true });
      await symlink(join(folder, 'packages', name), join(folder, 'node_modules/@parlour', name));
    }
    for (const [path, text] of Object.entries(files)) await write(folder, path, text);
    return await checkImports(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const exporting = 'export type Thing = number; export const thing = 1;';
const server = 'apps/server/src';

test.each([
  ['core may not reach out', 'packages/core/src/a.ts', "import '@parlour/protocol/b';", 'packages/protocol/src/b.ts'],
  [
    'protocol knows only ids, limits and errors',
    'packages/protocol/src/a.ts',
    "import '@parlour/core/chain';",
    'packages/core/src/chain.ts',
  ],
  ['types count too', 'packages/protocol/src/a.ts', "import type { Thing } from '@parlour/core/chain';", 'packages/core/src/chain.ts'],
  ['web takes only types of the sdk', 'apps/web/src/a.tsx', "import { thing } from '@parlour/sdk/b';", 'packages/sdk/src/b.ts'],
  ['usecases know no adapter', `${server}/usecases/a.ts`, "import '../adapters/memory/b.ts';", `${server}/adapters/memory/b.ts`],
  ['the gateway knows no adapter', `${server}/gateway/a.ts`, "await import('../adapters/memory/b.ts');", `${server}/adapters/memory/b.ts`],
  [
    '`using` hides nothing',
    `${server}/usecases/a.ts`,
    "await using x = await import('../adapters/memory/b.ts');",
    `${server}/adapters/memory/b.ts`,
  ],
  [
    'adapters do not know each other',
    `${server}/adapters/sqlite/a.ts`,
    "export * from '../memory/b.ts';",
    `${server}/adapters/memory/b.ts`,
  ],
  ['the owner does not know how the wire looks', `${server}/owner/a.ts`, "import '@parlour/protocol/b';", 'packages/protocol/src/b.ts'],
  ['presenting asks no adapter', `${server}/present/a.ts`, "import '../adapters/memory/b.ts';", `${server}/adapters/memory/b.ts`],
  ['usecases do not present', `${server}/usecases/a.ts`, "import '../present/b.ts';", `${server}/present/b.ts`],
  ['nothing imports main', `${server}/cli/a.ts`, "import '../main.ts';", `${server}/main.ts`],
])('forbidden: %s', async (_, from, text, to) => {
  const { violations } = await checkPlanted({ [from]: text, [to]: exporting });
  expect(violations).toEqual([`${from} may not import ${to}`]);
});

test.each(['packages/core/src/a.ts', 'packages/protocol/src/a.ts', 'packages/sdk/src/a.ts', `${server}/usecases/a.ts`])(
  'the builtins of Node are not for %s',
  async (from) => {
    const { violations } = await checkPlanted({ [from]: "import 'node:fs';" });
    expect(violations).toEqual([`${from} may not import fs`]);
  },
);

test('what leads nowhere, a cycle and test code in the product are refused', async () => {
  const { violations } = await checkPlanted({
    'packages/core/src/a.ts': "import './missing.ts';",
    'packages/core/src/b.ts': "import './c.ts';",
    'packages/core/src/c.ts': "import './b.ts';",
    'packages/core/src/d.ts': "import './e.test.ts';",
    'packages/core/src/e.test.ts': exporting,
  });
  expect(violations.join('\n')).toMatch(/missing\.ts: found[\s\S]*no cycles[\s\S]*no test code in the product/);
});

test('what the rules allow passes', async () => {
  const { moduleCount, violations } = await checkPlanted({
    'packages/core/src/ids.ts': exporting,
    'packages/protocol/src/a.ts': "import { thing } from '@parlour/core/ids';",
    'packages/sdk/src/b.ts': exporting,
    'packages/sdk/src/node-file.ts': "import 'node:fs';",
    'apps/web/src/a.tsx': "import type { Thing } from '@parlour/sdk/b';",
    [`${server}/ports/store.ts`]: exporting,
    [`${server}/adapters/sql/b.ts`]: exporting,
    [`${server}/adapters/sqlite/a.ts`]: "import '../sql/b.ts'; import '../../ports/store.ts';",
    [`${server}/compose-embedded.ts`]: "import './adapters/sqlite/a.ts';",
    [`${server}/main.ts`]: "import './compose-embedded.ts';",
  });
  expect(violations).toEqual([]);
  expect(moduleCount).toBe(10);
});

test('an empty house is told from a clean one', async () => {
  expect((await checkPlanted({})).moduleCount).toBe(0);
});
