import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { createNodeClient } from '@parlour/sdk/node-client';
import { TemporaryFolder } from '../tests/parlour-process.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** The one that the newest may stand beside: changed with each release, to what was released before it. */
const commit = '6a87a446fbebd993177871a7f874e864a85b7c7e';

/** The version before this one, unpacked from the history of the project, with the packages that this one has. */
export class VersionBefore implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  /** Null: this copy of the project has no history, or too short a one. */
  static async unpack(): Promise<VersionBefore | null> {
    const isThere = await run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).then(
      () => true,
      () => false,
    );
    if (!isThere) return null;
    const folder = await TemporaryFolder.make();
    const archive = join(folder.path, 'version.tar');
    await run('git', ['archive', '--format=tar', `--output=${archive}`, commit, 'package.json', 'tsconfig.json', 'packages', 'apps'], {
      cwd: root,
    });
    await run('tar', ['-xf', archive, '-C', folder.path]);
    await rm(archive);
    for (const at of ['.', 'apps/server', 'apps/web']) await linkPackages(join(root, at), join(folder.path, at));
    // The page is served as it is today: it is not what is tried here.
    await symlink(join(root, 'apps/web/dist'), join(folder.path, 'apps/web/dist'));
    return new VersionBefore(folder);
  }

  /** Its program. */
  get main(): string {
    return join(this.#folder.path, 'apps/server/src/main.ts');
  }

  /** Its client. */
  async client(): Promise<typeof createNodeClient> {
    const module = await import(pathToFileURL(join(this.#folder.path, 'packages/sdk/src/node-client.ts')).href);
    return module.createNodeClient;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** All that is installed here, but for what is the project's own: that is the older one's. */
async function linkPackages(from: string, to: string): Promise<void> {
  if (!existsSync(join(from, 'node_modules'))) return;
  await mkdir(join(to, 'node_modules'), { recursive: true });
  for (const name of await readdir(join(from, 'node_modules'))) {
    if (name !== '@parlour') await symlink(join(from, 'node_modules', name), join(to, 'node_modules', name));
  }
  for (const name of existsSync(join(from, 'node_modules/@parlour')) ? await readdir(join(from, 'node_modules/@parlour')) : []) {
    const folder = name === 'server' || name === 'web' ? `apps/${name}` : `packages/${name}`;
    await mkdir(join(to, 'node_modules/@parlour'), { recursive: true });
    await symlink(join(to, folder), join(to, 'node_modules/@parlour', name));
  }
}
