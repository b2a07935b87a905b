import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findViolations } from './axe.ts';
import { BrowserPerson, desk, launchBrowser, phone } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { register } from './raw-accounts.ts';

const widths = [
  { at: 'a desk', viewport: desk },
  { at: 'a phone', viewport: phone },
];

let browser: Browser;
let folder: TemporaryFolder;
let server: ParlourProcess;
let handles = 0;
/** Who sits at no browser. */
const others = ['dora', 'emil', 'fay', 'gus'] as const;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await TemporaryFolder.make();
  server = await ParlourProcess.start({ dataFolder: folder.path });
  for (const handle of others) await register(server.url, handle);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** People of names that nobody else has, each at a browser of their own. */
async function people<Name extends string>(viewport: typeof desk, ...names: readonly Name[]) {
  handles += 1;
  const all: Record<string, BrowserPerson> = {};
  for (const name of names) {
    const person = await BrowserPerson.open(browser, server.url, viewport);
    await person.register({ name: `${name} ${handles}`, handle: `${name.toLowerCase()}${handles}` });
    all[name] = person;
  }
  const nameOf = (name: Name) => `${name} ${handles}`;
  const handleOf = (name: Name) => `${name.toLowerCase()}${handles}`;
  const close = async () => {
    for (const person of Object.values(all)) {
      expect(person.complaints).toEqual([]);
      await person[Symbol.asyncDispose]();
    }
  };
  return { ...(all as Record<Name, BrowserPerson>), nameOf, handleOf, [Symbol.asyncDispose]: close };
}

const panelOf = (page: Page) => page.getByRole('region', { name: 'About this conversation' });
const line = (page: Page, text: string | RegExp) => page.locator('.message-list-line', { hasText: text });
const memberRow = (page: Page, name: string) =>
  panelOf(page).getByRole('list', { name: 'Members' }).getByRole('listitem').filter({ hasText: name });

async function pick(within: Locator, handle: string): Promise<void> {
  await within.getByLabel('Handle or name').fill(handle);
  await within.locator('.people-finder-row', { hasText: `@${handle}` }).click();
}

async function begin(person: BrowserPerson, title: string, handles: readonly string[]): Promise<void> {
  const { page } = person;
  await page.getByRole('link', { name: 'Find a person' }).first().click();
  await page.getByRole('link', { name: 'New group' }).click();
  await page.getByLabel('Name of the group').fill(title);
  for (const handle of handles) await pick(page.locator('.new-group'), handle);
  await page.getByRole('button', { name: 'Begin the group' }).click();
  await person.composer.waitFor();
}

const openAbout = (person: BrowserPerson, title: string) => person.page.getByRole('button', { name: `About ${title}` }).click();

async function choose(person: BrowserPerson, name: string, item: string): Promise<void> {
  await memberRow(person.page, name)
    .getByRole('button', { name: `What to do with ${name}` })
    .click();
  await person.page.getByRole('menuitem', { name: item }).click();
}

describe.each(widths)('a group at $at', ({ viewport }) => {
  test('[X-1] begun with others, it is in their lists at once, and what is said in it reaches all', async () => {
    await using at = await people(viewport, 'Ana', 'Ben', 'Cleo');
    await begin(at.Ana, 'Pier', [at.handleOf('Ben'), at.handleOf('Cleo')]);
    await at.Ana.send('Who brings the lamp?');
    for (const other of [at.Ben, at.Cleo]) {
      await other.openFromList('Pier');
      await other.page.getByText('Who brings the lamp?').last().waitFor();
    }
    await at.Ben.send('I do');
    await at.Cleo.page.locator('article', { hasText: 'I do' }).waitFor();
    await at.Ana.page.locator('article', { hasText: 'I do' }).waitFor();
  });

  test('a member is made an admin, removed, banned and pardoned, and each sees what became of them', async () => {
    await using at = await people(viewport, 'Ana', 'Ben', 'Cleo');
    await begin(at.Ana, 'Pier', [at.handleOf('Ben')]);
    await openAbout(at.Ana, 'Pier');
    const panel = panelOf(at.Ana.page);
    await panel.getByRole('button', { name: 'Add people' }).click();
    const dialog = at.Ana.page.getByRole('dialog', { name: 'Add people' });
    await pick(dialog, at.handleOf('Cleo'));
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await memberRow(at.Ana.page, at.nameOf('Cleo')).waitFor();
    await at.Cleo.openFromList('Pier');
    await line(at.Cleo.page, `${at.nameOf('Ana')} added ${at.nameOf('Cleo')}`).waitFor();

    await choose(at.Ana, at.nameOf('Ben'), 'Make an admin');
    await memberRow(at.Ana.page, at.nameOf('Ben')).getByText('Admin').waitFor();
    await at.Ben.openFromList('Pier');
    await line(at.Ben.page, `${at.nameOf('Ana')} made ${at.nameOf('Ben')} an admin`).waitFor();

    // Now Ben may, by the list as he has it.
    await openAbout(at.Ben, 'Pier');
    await choose(at.Ben, at.nameOf('Cleo'), 'Remove and ban');
    await at.Cleo.page.getByText('You are no longer in this group. What was said until then stays here.').waitFor();
    expect(await at.Cleo.composer.count()).toBe(0);
    await at.Ana.page.getByRole('button', { name: `Pardon ${at.nameOf('Cleo')}` }).click();
    await panel.getByRole('list', { name: 'Banned' }).waitFor({ state: 'detached' });
  });

  test('named anew and kept to admins, everybody sees it, and whoever may not write is told why', async () => {
    await using at = await people(viewport, 'Ana', 'Ben');
    await begin(at.Ana, 'Pier', [at.handleOf('Ben')]);
    await at.Ben.openFromList('Pier');
    await openAbout(at.Ana, 'Pier');
    await panelOf(at.Ana.page).getByRole('button', { name: 'Name, colour, description' }).click();
    const dialog = at.Ana.page.getByRole('dialog', { name: 'Name, colour, description' });
    await dialog.getByLabel('Name of the group').fill('Lighthouse');
    await dialog.getByLabel('What it is about').fill('Who keeps the light');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await at.Ben.page.getByRole('heading', { name: 'Lighthouse' }).waitFor();
    await line(at.Ben.page, `${at.nameOf('Ana')} named the group Lighthouse`).waitFor();
    await panelOf(at.Ana.page).getByText('Who keeps the light').waitFor();

    await panelOf(at.Ana.page).getByRole('group', { name: 'Who writes' }).getByText('Admins').click();
    await at.Ben.page.getByText('Only admins and owners write here.').waitFor();
    expect(await at.Ben.composer.count()).toBe(0);
    await panelOf(at.Ana.page).getByRole('group', { name: 'Who writes' }).getByText('Everyone').click();
    await at.Ben.composer.waitFor();
  });

  test('the last owner is told what to do before leaving, and then leaves', async () => {
    await using at = await people(viewport, 'Ana', 'Ben');
    await begin(at.Ana, 'Pier', [at.handleOf('Ben')]);
    await openAbout(at.Ana, 'Pier');
    const panel = panelOf(at.Ana.page);
    await panel.getByRole('button', { name: 'Leave the group' }).click();
    const dialog = at.Ana.page.getByRole('dialog', { name: 'Leave the group' });
    await dialog.getByRole('button', { name: 'Leave', exact: true }).click();
    await dialog.getByRole('alert').filter({ hasText: 'make somebody else its owner first' }).waitFor();
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await choose(at.Ana, at.nameOf('Ben'), 'Make an owner');
    await memberRow(at.Ana.page, at.nameOf('Ben')).getByText('Owner').waitFor();
    await panel.getByRole('button', { name: 'Leave the group' }).click();
    await dialog.getByRole('button', { name: 'Leave', exact: true }).click();
    await panel.getByText('You are no longer in this group.', { exact: true }).waitFor();
  });

  test('many who were added are told in one line, which opens and closes by key, and stays where it is', async () => {
    await using at = await people(viewport, 'Ana');
    const { page } = at.Ana;
    await begin(at.Ana, 'Pier', []);
    await openAbout(at.Ana, 'Pier');
    await panelOf(page).getByRole('button', { name: 'Add people' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add people' });
    for (const handle of others) await pick(dialog, handle);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.details-panel-close').click();
    const fold = page.getByRole('button', { name: `${at.nameOf('Ana')} added ${others[0]}, ${others[1]} and 2 more` });
    await fold.waitFor();
    const last = line(page, `${at.nameOf('Ana')} added ${others[3]}`);
    expect(await last.count()).toBe(0);
    await fold.focus();
    const topBefore = (await fold.boundingBox())?.y;
    await page.keyboard.press('Enter');
    await last.waitFor();
    expect(await fold.getAttribute('aria-expanded')).toBe('true');
    expect(await line(page, `${at.nameOf('Ana')} added`).count()).toBe(5);
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await last.waitFor({ state: 'detached' });
    expect(await fold.evaluate((element) => element === document.activeElement)).toBe(true);
    expect((await fold.boundingBox())?.y).toBeCloseTo(topBefore ?? 0, 0);

    // What happens next is told in full.
    await openAbout(at.Ana, 'Pier');
    await choose(at.Ana, others[0], 'Make an admin');
    await memberRow(page, others[0]).getByText('Admin').waitFor();
    await page.locator('.details-panel-close').click();
    await line(page, `${at.nameOf('Ana')} made ${others[0]} an admin`).waitFor();
  });

  test('every place of it is without a fault that a program can find', async () => {
    await using at = await people(viewport, 'Ana');
    const { page } = at.Ana;
    await page.getByRole('link', { name: 'Find a person' }).first().click();
    await page.getByRole('link', { name: 'New group' }).click();
    await pick(page.locator('.new-group'), others[0]);
    expect(await findViolations(page)).toEqual([]);
    await page.getByLabel('Name of the group').fill('Pier');
    await page.getByRole('button', { name: 'Begin the group' }).click();
    await at.Ana.composer.waitFor();
    await openAbout(at.Ana, 'Pier');
    await memberRow(page, others[0]).waitFor();
    expect(await findViolations(page)).toEqual([]);
    for (const name of ['Name, colour, description', 'Add people', 'Leave the group']) {
      await panelOf(page).getByRole('button', { name }).click();
      const dialog = page.getByRole('dialog', { name });
      await dialog.waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
    await memberRow(page, others[0]).getByRole('button').click();
    expect(await findViolations(page)).toEqual([]);
  });
});
