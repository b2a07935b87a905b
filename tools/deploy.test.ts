import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { describeSettings } from '../apps/server/src/config.ts';
import { root } from './root.ts';
import { type SourceFile, sourceFiles } from './source-files.ts';

/** The one setting that is no setting of the file, for it names the file. */
const known = new Set(['PARLOUR_CONFIG', ...describeSettings().map(({ variable }) => variable)]);

function unknownSettings({ path, text }: SourceFile): string[] {
  return [...text.matchAll(/PARLOUR_[A-Z_]+/g)].filter(([name]) => !known.has(name)).map(([name]) => `${path} names ${name}`);
}

const dockerfile = () => {
  const [file] = sourceFiles('deploy/Dockerfile');
  if (!file) throw new Error('there is no deploy/Dockerfile');
  return file.text;
};

/** What a COPY takes from the folder that the image is built in. */
const copied = (text: string): string[] =>
  [...text.matchAll(/^COPY (?!--from)(?<paths>.+) \S+$/gm)].flatMap((match) => match.groups?.paths?.split(' ') ?? []);

test('what servers are deployed with names only settings that exist', () => {
  const files = sourceFiles('deploy/*', 'docs/operations.md', 'README.md', 'docs/security.md');
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['deploy/Dockerfile', 'deploy/compose.cluster.yaml', 'deploy/parlour.service']),
  );
  expect(files.flatMap(unknownSettings)).toEqual([]);
  expect(unknownSettings({ path: 'a', text: 'PARLOUR_PORT=1 PARLOUR_PROT=1' })).toEqual(['a names PARLOUR_PROT']);
});

test('the image is built of files that exist, and knows every workspace that the lock file knows', () => {
  const paths = copied(dockerfile());
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const manifests = globSync('{apps,packages}/*/package.json', { cwd: root });
  expect(manifests.length).toBeGreaterThan(4);
  expect(
    manifests.filter((path) => !paths.includes(path)).map((path) => `the Dockerfile does not copy the manifest of ${dirname(path)}`),
  ).toEqual([]);
});

test('the image has every package of ours that the server needs, and no other', () => {
  const [server] = sourceFiles('apps/server/package.json');
  const ours = Object.keys(JSON.parse(server?.text ?? '{}').dependencies).filter((name) => name.startsWith('@parlour/'));
  const last = dockerfile().slice(dockerfile().lastIndexOf('\nFROM '));
  const inImage = copied(last).filter((path) => path.startsWith('packages/'));
  expect(inImage.sort()).toEqual(ours.map((name) => name.replace('@parlour/', 'packages/')).sort());
});
