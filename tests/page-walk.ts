import { type BrowserPerson, phone } from './browser-person.ts';

/** Where a walk is, and what was opened there. */
export type Look = (where: string) => Promise<void>;

type Walk = {
  readonly url: string;
  readonly handle: string;
  readonly password: string;
  /** What the row of a group says, and that of a conversation of two in which something is new. */
  readonly group: string;
  readonly person: string;
};

/** Fills in the entrance, whatever its language. */
export async function enter({ page }: BrowserPerson, { handle, password }: Pick<Walk, 'handle' | 'password'>): Promise<void> {
  await page.locator('input[name="name"]').fill(handle);
  await page.locator('input[name="password"]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.shell-name').waitFor();
}

/** Goes through all screens and all that opens above them, in any language, and looks at each once it stands. */
export async function walkThrough(person: BrowserPerson, walk: Walk, look: Look): Promise<void> {
  await walkEntrance(person, walk, look);
  await walkConversations(person, walk, look);
  await walkScreens(person, walk, look);
}

async function walkEntrance(person: BrowserPerson, walk: Walk, look: Look): Promise<void> {
  const { page } = person;
  await page.locator('input[name="password"]').waitFor();
  await look('the entrance');
  await page.locator('input[name="name"]').fill('nobody.at.all');
  await page.locator('input[name="password"]').fill('lemon');
  await page.keyboard.press('Enter');
  await page.locator('[role="alert"]').waitFor();
  await look('a refused login');
  await page.locator('.entrance-other button').click();
  await page.locator('input[name="displayName"]').waitFor();
  await look('the form of an account');
  await page.locator('.entrance-other button').click();
  await enter(person, walk);
  await page.locator('.recents-row').first().waitFor();
  await look('the list');
}

async function walkConversations({ page, composer }: BrowserPerson, walk: Walk, look: Look): Promise<void> {
  const { keyboard } = page;
  const row = (title: string) => page.locator('.recents-row', { hasText: title });
  const back = async () => {
    if (page.viewportSize()?.width === phone.width) await page.locator('.conversation-back').click();
  };
  const popup = page.locator('.popup');

  await row(walk.group).click();
  await page.locator('article').first().waitFor();
  await look('a group');
  await page.locator('.sticky-day-button').focus();
  await keyboard.press('Enter');
  await page.locator('.popup input[type="date"]').waitFor();
  await look('the choice of a day');
  await keyboard.press('Escape');
  await popup.waitFor({ state: 'detached' });
  await page.locator('.conversation-about').click();
  await page.locator('.group-member').first().waitFor();
  await look('the details of a group');
  await keyboard.press('Escape');
  await page.locator('.details-panel').waitFor({ state: 'detached' });
  await back();

  await row(walk.person).click();
  await page.locator('.unread-bar').waitFor();
  await look('what is new');
  await composer.fill('my own 1');
  await keyboard.press('Enter');
  // The very last one: others of one's own may stand there from an earlier walk.
  const own = page.locator('article').last();
  await own.locator('[data-receipt="received"]').waitFor();
  await look('a conversation');
  await page.locator('.conversation-about').click();
  await page.locator('.details-jump').first().waitFor();
  await look('the details of a conversation');
  await keyboard.press('Escape');
  await page.locator('.details-panel').waitFor({ state: 'detached' });
  await own.focus();
  await keyboard.press('Shift+F10');
  await page.locator('[role="menuitem"]').first().waitFor();
  await look('the menu of a message');
  await page.locator('[role="menuitem"]').last().click();
  await page.locator('dialog[open] li').first().waitFor();
  await look('who read a message');
  await keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.locator('.composer-emoji').click();
  await page.locator('.emoji-picker-row button:not([aria-label=""])').first().waitFor();
  await look('the emoji');
  await page.locator('.emoji-picker input').fill('no emoji at all');
  await page.locator('.emoji-picker-none').waitFor();
  await look('no emoji');
  await keyboard.press('Escape');
  await popup.waitFor({ state: 'detached' });
  await composer.fill('my own 2');
  await back();
  if (page.viewportSize()?.width === phone.width) await row(walk.person).waitFor();
  await look('a draft in the list');
}

async function walkScreens({ page }: BrowserPerson, walk: Walk, look: Look): Promise<void> {
  const { keyboard } = page;
  const go = async (path: string, stands: string) => {
    await page.goto(walk.url + path);
    await page.locator(stands).first().waitFor();
  };

  await go('/', '.recents-row');
  await look('nothing chosen');
  await keyboard.press('Control+k');
  await page.locator('dialog [role="option"]').first().waitFor();
  await look('the switcher');
  await keyboard.type('nobody.at.all');
  await page.locator('.switcher-note', { hasText: /./u }).waitFor();
  await look('nobody in the switcher');
  await keyboard.press('Escape');
  await page.locator('.switcher').waitFor({ state: 'detached' });
  await keyboard.press('?');
  await page.locator('.shortcut-sheet').waitFor();
  await look('the keys');

  await go('/settings', '.settings-login');
  await look('the settings');
  await go('/people', '.people-finder-row');
  await look('the people');
  await page.locator('.people-finder input').fill('nobody.at.all');
  await page.locator('.people-finder-note', { hasText: /./u }).first().waitFor();
  await look('nobody found');
  await go('/invite', '.qr-place svg');
  await look('an invitation');
  await go('/with/nobody.at.all', '.empty-state');
  await look('an invitation of nobody');
  await go('/c/00000000000000000000000000', '.conversation .empty-state');
  await look('no conversation');
}
