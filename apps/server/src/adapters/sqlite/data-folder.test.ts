import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DataFolderInUse, DataFolderUnusable, dataFolderPaths, isDataFolderInUse, openDataFolder } from './data-folder.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('a folder is made for its owner alone, and so are its secrets', () => {
  const path = join(emptyFolder(), 'deep', 'data');
  using folder = openDataFolder(path);
  expect(folder.accessTokenKey).toHaveLength(32);
  expect(modeOf(path)).toBe('700');
  expect(modeOf(dataFolderPaths.secrets(path))).toBe('700');
  expect(readdirSync(dataFolderPaths.secrets(path)).map((name) => modeOf(join(dataFolderPaths.secrets(path), name)))).toEqual(['600']);
});

test('secrets are made once', () => {
  const path = emptyFolder();
  const keys = [1, 2].map(() => {
    using folder = openDataFolder(path);
    return folder.accessTokenKey.toString('hex');
  });
  expect(keys[0]).toBe(keys[1]);
  expect(readFileSync(dataFolderPaths.accessTokenKey(path), 'utf8')).toMatch(/^[\w-]{43}\n$/);
});

test('a folder belongs to one opener at a time, and is free after it', () => {
  const path = emptyFolder();
  {
    using _folder = openDataFolder(path);
    expect(() => openDataFolder(path)).toThrow(DataFolderInUse);
    expect(isDataFolderInUse(path)).toBe(true);
  }
  expect(isDataFolderInUse(path)).toBe(false);
  using again = openDataFolder(path);
  expect(again.path).toBe(path);
});

test('to look whether a folder is in use makes nothing in it', () => {
  const path = emptyFolder();
  expect(isDataFolderInUse(path)).toBe(false);
  expect(readdirSync(path)).toEqual([]);
});

test('a damaged key is refused with what to do, and the folder stays free', () => {
  const path = emptyFolder();
  openDataFolder(path)[Symbol.dispose]();
  writeFileSync(dataFolderPaths.accessTokenKey(path), 'short');
  expect(() => openDataFolder(path)).toThrow(/does not hold a key; bring it back from a backup/);
  expect(isDataFolderInUse(path)).toBe(false);
});

test('a path that is no folder is refused', () => {
  const path = join(emptyFolder(), 'file');
  writeFileSync(path, '');
  chmodSync(path, 0o600);
  expect(() => openDataFolder(path)).toThrow(DataFolderUnusable);
});
