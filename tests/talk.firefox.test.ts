import { afterAll, beforeAll, expect, test } from 'vitest';
import { Firefox, FirefoxPerson } from './firefox.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

let firefox: Firefox;
beforeAll(async () => {
  firefox = await Firefox.launch();
});
afterAll(async () => {
  await firefox?.[Symbol.asyncDispose]();
});

test('in Firefox too two people find each other and talk, a reload keeps it all, and what is written without a server goes once it is back', async () => {
  await using folder = await TemporaryFolder.make();
  let server = await ParlourProcess.start({ dataFolder: folder.path });
  try {
    const { url, port } = server;
    await using ana = await FirefoxPerson.open(firefox, url);
    await using mara = await FirefoxPerson.open(firefox, url);
    await ana.register({ name: 'Ana Field', handle: 'ana.field' });
    await mara.register({ name: 'Mara Lindqvist', handle: 'mara.l' });
    await ana.find('mara', 'mara.l');
    await ana.send('Is it you?');
    await mara.openFromList('Ana Field');
    await mara.waitForMessage('Is it you?');
    await ana.waitForMessage('Is it you?', 'received');
    await mara.send('It is.');
    await ana.waitForMessage('It is.');

    await server.stop();
    await ana.send('Nobody hears this yet');
    await ana.waitForMessage('Nobody hears this yet', 'pending');
    server = await ParlourProcess.start({ dataFolder: folder.path, port });
    await mara.waitForMessage('Nobody hears this yet');
    await ana.waitForMessage('Nobody hears this yet', 'received');

    await mara.reload();
    await mara.openFromList('Ana Field');
    await mara.waitForMessage('Nobody hears this yet');
    expect(await mara.countOf('Nobody hears this yet')).toBe(1);
    expect([...ana.complaints, ...mara.complaints]).toEqual([]);
  } finally {
    await server.stop();
  }
});
