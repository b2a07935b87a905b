import { expect, test } from 'vitest';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';
import { WebKitPerson } from './webkit.ts';

test('in WebKit too two people talk, and a reload keeps it all', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  await using ana = await WebKitPerson.open(server.url);
  await ana.register({ name: 'Ana', handle: 'ana' });
  await using mara = await WebKitPerson.open(`${server.url}/with/ana`);
  await mara.register({ name: 'Mara', handle: 'mara' });
  await mara.send('Is it you?');
  await mara.find('article [data-receipt="received"]');
  await ana.press('.recents-row');
  await ana.find('article');
  expect(await ana.texts()).toEqual(['Is it you?']);
  await ana.send('It is.');
  await ana.find('article [data-receipt="read"]');
  await expect.poll(() => mara.texts()).toEqual(['Is it you?', 'It is.']);
  await mara.reload();
  await mara.find('article [data-receipt="read"]');
  expect(await mara.texts()).toEqual(['Is it you?', 'It is.']);
});
