import { expect, test } from 'vitest';
import { BrowserPerson, launchBrowser } from './browser-person.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

/** What has broken other pages: markup, handlers, schemes, template marks, characters that end or turn things. */
const corpus = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'",
  '<svg/onload=alert(1)>',
  '<iframe srcdoc="<script>parent.alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a>',
  'javascript:alert(1)',
  'http://x.example/"onmouseover="alert(1)',
  'https://x.example/<script>alert(1)</script>',
  'data:text/html,<script>alert(1)</script>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text that somebody sends, and no template
  '{{constructor.constructor("alert(1)")()}} ${alert(1)} <%= alert(1) %>',
  '&lt;img src=x onerror=alert(1)&gt; &#x3C;script&#x3E;',
  '[x](javascript:alert(1)) ![x](x" onerror="alert(1))',
  '\u202etxt.exe\u2066 \u200b\ufeff zero width',
  ']]>--></style></title></textarea><script>alert(1)</script>',
  '[x](data:text/html;base64,PHNjcmlwdD4=) [x](vbscript:x) <javascript:alert(1)>',
  '[x](javascript://example.org/%0aalert(1)) [x]: javascript:alert(1)',
  '**<img src=x onerror=alert(1)>**',
  '```html\n<script>alert(1)</script>\n```',
  '> `<svg/onload=alert(1)>`',
  '[<img src=x onerror=alert(1)>](https://example.org/"onmouseover="alert(1))',
  '__proto__ constructor toString',
];

/** What is shown of those in which there are marks to read; of the others every letter. */
const shown: Readonly<Record<string, string>> = {
  '**<img src=x onerror=alert(1)>**': '<img src=x onerror=alert(1)>',
  '```html\n<script>alert(1)</script>\n```': 'html<script>alert(1)</script>',
  '> `<svg/onload=alert(1)>`': '<svg/onload=alert(1)>',
  '[<img src=x onerror=alert(1)>](https://example.org/"onmouseover="alert(1))': '<img src=x onerror=alert(1)>',
  '__proto__ constructor toString': 'proto constructor toString',
};
const shownOf = (text: string) => shown[text] ?? text;

const hostileName = '<img src=x onerror=alert(1)>';

test('[A-31] [A-32] hostile text in messages and names stays text, and the page’s policy has nothing to refuse', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  await using browser = await launchBrowser();
  await using ana = await BrowserPerson.open(browser, server.url);
  await using eve = await BrowserPerson.open(browser, server.url);
  await ana.register({ name: 'Ana Field', handle: 'ana.field' });
  await eve.register({ name: hostileName, handle: 'eve.hostile' });
  await eve.find('ana.field', 'ana.field');
  for (const text of corpus) await eve.send(text);
  await eve.waitForTick(shownOf(corpus.at(-1) as string), 'received');

  await ana.openFromList(hostileName);
  await ana.message(shownOf(corpus.at(-1) as string)).waitFor();
  // Only what is near the view is in the document: from both ends it is all of them.
  const seen = new Map<number, string>();
  const look = async () => {
    const articles = await ana.page
      .locator('article[data-seq]')
      .evaluateAll((all) => all.map((article) => [article.getAttribute('data-seq'), article.querySelector('.message-text')?.textContent]));
    for (const [seq, text] of articles) seen.set(Number(seq), text ?? '');
    return seen.size;
  };
  await ana.page.getByRole('button', { name: 'Jump to the first message' }).click();
  await ana
    .message(shownOf(corpus[0] as string))
    .first()
    .waitFor();
  await look();
  await ana.page.getByRole('button', { name: 'Jump to the last message' }).click();
  await expect.poll(look).toBe(corpus.length);
  const inOrder = [...seen].sort(([one], [other]) => one - other).map(([, text]) => text);
  expect(inOrder).toEqual(corpus.map(shownOf));
  expect(await ana.page.getByRole('heading', { level: 1, name: hostileName }).textContent()).toBe(hostileName);
  await ana.page.getByRole('link', { name: 'Find a person' }).first().click();
  await ana.page.getByLabel('Handle or name').fill('<img src=x');
  await ana.page.locator('.people-finder-row', { hasText: hostileName }).waitFor();

  for (const person of [ana, eve]) {
    const links = await person.page.locator('a[href]').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol));
    expect(links.filter((protocol) => protocol !== 'http:' && protocol !== 'https:')).toEqual([]);
    expect(await person.page.locator('img, iframe, object, embed, #root script, style, [onerror], [onload], [srcdoc]').count()).toBe(0);
    expect(person.complaints).toEqual([]);
  }
});

test('[A-32] the page is served with a policy that allows no inline code, no inline style and no string as markup', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  const policy = (await fetch(server.url, { headers: { accept: 'text/html' } })).headers.get('content-security-policy') ?? '';
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("style-src 'self'");
  expect(policy).not.toMatch(/unsafe|\*|data:/);
  await using browser = await launchBrowser();
  await using person = await BrowserPerson.open(browser, server.url);
  await person.page.evaluate(() => {
    const element = document.createElement('div');
    try {
      element.innerHTML = '<b>x</b>';
    } catch {
      document.title = 'refused';
    }
  });
  expect(await person.page.title()).toBe('refused');
  await expect.poll(() => person.complaints.length).toBeGreaterThan(0);
});
