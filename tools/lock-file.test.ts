import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './root.ts';

type Packages = Record<string, { resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> }>;

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Packages };

/** Packages for other platforms that a package asks for and the lock file leaves out: where one of them is wanted, `npm ci` refuses everything. */
function missingSiblings(locked: Packages): string[] {
  return Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !foldersAbove(path).some((folder) => join(folder, 'node_modules', name) in locked))
      .map(([name, version]) => `${path || 'the root'} asks for ${name}@${version}`),
  );
}

function foldersAbove(path: string): string[] {
  return path === '' ? [''] : [path, ...foldersAbove(dirname(path) === '.' ? '' : dirname(path))];
}

test('the lock file knows the packages of every platform', () => {
  expect(missingSiblings(packages)).toEqual([]);
});

test('a platform that was left out is seen', () => {
  const locked: Packages = {
    '': { optionalDependencies: { here: '1' } },
    'node_modules/here': {},
    'node_modules/tool': { optionalDependencies: { here: '1', 'tool-mac': '1' } },
  };
  expect(missingSiblings(locked)).toEqual(['node_modules/tool asks for tool-mac@1']);
});

test('the lock file records no download addresses', () => {
  const addresses = Object.values(packages).filter(({ link, resolved }) => link !== true && resolved !== undefined);
  expect(addresses).toEqual([]);
});
