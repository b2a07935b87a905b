import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './root.ts';
import { sourceFiles } from './source-files.ts';

type Manifest = Partial<Record<'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies', Record<string, string>>>;

const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
const explained = new Set([...page.matchAll(/^\| `([^`]+)` \| .+ \|$/gm)].map((match) => match[1]));
const declared = new Set(
  sourceFiles('package.json', '{packages,apps}/*/package.json')
    .map(({ text }) => JSON.parse(text) as Manifest)
    .flatMap((manifest) =>
      Object.keys({
        ...manifest.dependencies,
        ...manifest.devDependencies,
        ...manifest.optionalDependencies,
        ...manifest.peerDependencies,
      }),
    )
    .filter((name) => !name.startsWith('@parlour/')),
);

test('every dependency of every workspace has its reason in docs/dependencies.md', () => {
  expect(declared.size).toBeGreaterThan(10);
  expect([...declared].filter((name) => !explained.has(name))).toEqual([]);
});

test('docs/dependencies.md explains nothing that is gone', () => {
  expect([...explained].filter((name) => !declared.has(name ?? ''))).toEqual([]);
});
