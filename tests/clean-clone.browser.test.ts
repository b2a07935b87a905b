import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { BrowserPerson, launchBrowser } from './browser-person.ts';
import { NpmStart } from './npm-start.ts';
import { TemporaryFolder } from './parlour-process.ts';

const root = join(import.meta.dirname, '..');

/** What git tracks, and nothing else that lies here: no page that was built, no data. */
function copyTracked(clone: string): void {
  // The user who runs the tests need not be the one who cloned.
  const listed = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  expect(paths.length).toBeGreaterThan(300);
  for (const path of paths) cpSync(join(root, path), join(clone, path));
}

/** What `npm ci` puts there: the packages of others are linked to those that are installed here, our own to the copy. */
function linkPackages(clone: string): void {
  const installed = join(root, 'node_modules');
  for (const entry of readdirSync(installed)) {
    const isMade = entry.startsWith('.') && entry !== '.bin';
    if (entry !== '@parlour' && !isMade) link(join(installed, entry), join(clone, 'node_modules', entry));
  }
  for (const workspace of ['packages', 'apps'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))) {
    link(join(clone, workspace), join(clone, 'node_modules/@parlour', workspace.split('/').at(-1) ?? ''));
    const own = join(root, workspace, 'node_modules');
    if (existsSync(own)) link(own, join(clone, workspace, 'node_modules'));
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

test('from a clean clone, npm start and a browser are all it takes to register, log in and write', async () => {
  await using folder = await TemporaryFolder.make();
  const clone = join(folder.path, 'parlour');
  copyTracked(clone);
  linkPackages(clone);
  await using started = await NpmStart.run({ clone });
  expect(existsSync(join(clone, 'parlour-data/parlour.db'))).toBe(true);
  await using browser = await launchBrowser();
  await using ada = await BrowserPerson.open(browser, started.url);
  await ada.register({ name: 'Ada Lund', handle: 'ada.lund' });
  await using ben = await BrowserPerson.open(browser, started.url);
  await ben.register({ name: 'Ben Okoro', handle: 'ben.okoro' });
  await using phone = await BrowserPerson.open(browser, started.url);
  await phone.logIn('ada.lund');
  await ben.find('ada.lund', 'ada.lund');
  await ben.send('it all came with two commands');
  for (const screen of [ada, phone]) {
    await screen.openFromList('Ben Okoro');
    await screen.message('it all came with two commands').waitFor();
  }
  await ben.waitForTick('it all came with two commands', 'read');
  expect([ada, ben, phone].flatMap(({ complaints }) => complaints)).toEqual([]);
});
